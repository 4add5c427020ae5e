// Stands for the command's own parser of options, for recipes without a command line.
#ifndef PDQUANT_TESTS_BATCH_FAKE_PARSER_H_
#define PDQUANT_TESTS_BATCH_FAKE_PARSER_H_

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batch/recipe.h"

namespace pdquant::testing {

// A word that begins with a dash is an option; the next word is its value unless it is an option, too.
struct FakeParser {
  std::vector<GivenOption> configured;  // what the configuration file says

  static PathRole RoleOf(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, PathRole>, 9> kRoles = {{{"--params", PathRole::kInput},
                                                                              {"--params-a", PathRole::kInput},
                                                                              {"--params-b", PathRole::kInput},
                                                                              {"--startup", PathRole::kInput},
                                                                              {"--report", PathRole::kOutput},
                                                                              {"--startup-out", PathRole::kOutput},
                                                                              {"-o", PathRole::kResult},
                                                                              {"--out", PathRole::kResult},
                                                                              {"--in-place", PathRole::kResult}}};
    const auto* found = std::find_if(kRoles.begin(), kRoles.end(), [&](const auto& row) { return row.first == name; });
    return found == kRoles.end() ? PathRole::kNone : found->second;
  }

  Result<std::vector<GivenOption>> operator()(const std::vector<std::string>& arguments) const {
    std::vector<GivenOption> given = configured;
    for (size_t i = 1; i < arguments.size(); ++i) {
      if (!arguments[i].starts_with('-')) {
        given.push_back({"", arguments[i], false, PathRole::kInput});
        continue;
      }
      const size_t equals = arguments[i].find('=');
      const std::string name = arguments[i].substr(0, equals);
      if (name == "--wrong") return UsageError("there is no option '--wrong'");
      GivenOption option = {name, "", false, RoleOf(name)};
      if (equals != std::string::npos) {
        option.value = arguments[i].substr(equals + 1);
      } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with('-')) {
        option.value = arguments[++i];
      } else {
        option.is_flag = true;
      }
      given.push_back(std::move(option));
    }
    return given;
  }
};

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_BATCH_FAKE_PARSER_H_
