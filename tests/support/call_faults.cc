#include "support/call_faults.h"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "pdquant/framework.pb.h"

namespace pdquant::testing {
namespace {

std::string WithoutColors(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

std::vector<std::string> OptionsIn(const std::string& text) {
  static const std::regex option("--[a-z][a-z0-9-]*");
  return {std::sregex_token_iterator(text.begin(), text.end(), option), std::sregex_token_iterator()};
}

// The options that a command's help names; all commands' for `batch`, which hands messages on.
const std::set<std::string>& OptionsOf(const std::string& command) {
  static std::map<std::string, std::set<std::string>> known;
  const auto [entry, is_new] = known.try_emplace(command);
  if (!is_new) return entry->second;
  const bool is_batch = command == "batch";
  for (const std::string& name :
       is_batch ? std::vector<std::string>{"batch", "transpile", "freeze", "int8", "undo", "check", "show", "diff"}
                : std::vector<std::string>{command}) {
    std::FILE* help = popen(("'" PDQUANT_BINARY "' " + name + " --help 2>/dev/null").c_str(), "r");
    if (help == nullptr) throw std::runtime_error("popen");
    std::string text;
    for (int c = std::fgetc(help); c != EOF; c = std::fgetc(help)) text += static_cast<char>(c);
    pclose(help);
    for (const std::string& option : OptionsIn(text)) entry->second.insert(option);
  }
  return entry->second;
}

// Whether an option that a message names is one of the command, or of another command that the message names.
bool IsOptionIn(const std::string& line, const std::string& command, const std::string& option) {
  if (OptionsOf(command).contains(option)) return true;
  for (const char* other : {"transpile", "freeze", "int8", "undo"}) {
    if (line.find(" " + std::string(other) + " ") != std::string::npos && OptionsOf(other).contains(option))
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> FaultsOf(const std::vector<std::string>& arguments, const Finished& finished) {
  if (finished.signal != 0 || finished.exit_code >= 126) return {};  // a signal's end is quiet; nothing ran
  const auto one_of = [](const std::string& word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  // None where pdquant itself is asked for something.
  const std::string command = arguments.empty() || arguments[0].starts_with('-') ? "" : arguments[0];
  std::vector<std::string> faults;
  const std::string err = WithoutColors(finished.err);
  const bool has_error = ("\n" + err).find("\npdquant: error: ") != std::string::npos;
  const bool tells_by_code = finished.exit_code == 1 && one_of(command, {"diff", "batch"});
  if (finished.exit_code == 1 && !one_of(command, {"check", "diff", "batch"})) faults.emplace_back("exit code 1");
  if (finished.exit_code == 0 && has_error) faults.emplace_back("an error line, and exit code 0");
  if (finished.exit_code != 0 && !tells_by_code && !has_error) faults.emplace_back("a failure without an error line");
  if ((finished.exit_code == 2 || finished.exit_code == 3) && !one_of(command, {"check", "show", "batch"}) &&
      !finished.out.empty()) {
    faults.emplace_back("a failure that writes to standard output");
  }
  if (("\n" + finished.out).find("\npdquant: ") != std::string::npos) {
    faults.emplace_back("a message on standard output");
  }
  const auto value_of = [&](std::initializer_list<std::string_view> names) -> std::string {
    for (size_t i = 0; i + 1 < arguments.size(); ++i) {
      if (one_of(arguments[i], names)) return arguments[i + 1];
    }
    return "";
  };
  const bool is_dry = std::find(arguments.begin(), arguments.end(), "--dry-run") != arguments.end();
  if (finished.exit_code == 0 && !finished.out.empty()) {
    if (value_of({"--report"}) == "-" && !nlohmann::json::accept(finished.out)) {
      faults.emplace_back("more than the report on standard output");
    }
    if (value_of({"-o", "--out"}) == "-" && !is_dry && one_of(command, {"transpile", "freeze", "int8", "undo"}) &&
        !proto::ProgramDesc().ParseFromString(finished.out)) {
      faults.emplace_back("more than the program on standard output");
    }
  }
  static const std::regex quoted("(^|[ (])'[^']*'");
  std::istringstream lines(err);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("pdquant: ")) continue;
    line = std::regex_replace(line, quoted, " ");
    for (const std::string& option : OptionsIn(line)) {
      if (!IsOptionIn(line, command, option)) faults.push_back("advice to use " + option + ": " + line);
    }
  }
  return faults;
}

std::string DescribeFaults(const std::vector<std::string>& arguments, const Finished& finished) {
  std::string line = "pdquant";
  for (const std::string& argument : arguments) line += " " + argument;
  std::string text;
  for (const std::string& fault : FaultsOf(arguments, finished)) {
    text += line + ": exit code " + std::to_string(finished.exit_code) + ", " + fault + "\n" + finished.err;
  }
  return text;
}

}  // namespace pdquant::testing
