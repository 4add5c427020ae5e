// The options of one command: how they are spelled, what they take, and where their values go. It stands between the
// commands and CLI11, because a configuration file has to know more of an option than CLI11 keeps, and because CLI11
// takes five seconds to compile.
#ifndef PDQUANT_CLI_SHELL_OPTION_LIST_H_
#define PDQUANT_CLI_SHELL_OPTION_LIST_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/words.h"
#include "files/path.h"
#include "report/report.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pdquant {

// CLI11 takes a word of an argument list such as "[a,b]" for a list of words. What begins with a bracket goes through
// it with a mark at its end.
std::string GuardFromLists(std::string word);
std::string WithoutGuard(std::string word);

// What an option takes. On the command line all is text; a configuration file has types.
enum class OptionKind { kFlag, kInteger, kNumber, kText, kSize, kOpNumber };

// The words that an option takes, and what each stands for.
template <typename T, size_t kSize>
using Words = std::array<std::pair<std::string_view, T>, kSize>;

// The known word that another one is but for - and _, as Paddle's own tools spell "--weight_bits"; empty for none.
std::string_view OtherSpelling(std::string_view word, std::span<const std::string_view> known);

class OptionList {
 public:
  // Takes the text of a value. Errors: kUsage, with what is wrong with it.
  using Setter = std::function<Status(std::string_view)>;
  // Asked after each value that was taken: is all in its range? Errors: kUsage.
  using Check = std::function<Status()>;

  struct Option {
    std::string key;  // "weight-bits"; the argument's "PROGRAM"
    OptionKind kind;
    bool is_argument;
    Setter set;
    const CLI::Option* parsed;
    PathRole role = PathRole::kNone;
    bool takes_all = false;                      // may come more than once; else the last one counts
    std::vector<std::string_view> choices = {};  // the words, where it takes no others
    std::vector<std::string> values = {};        // that it got, from the command line or from a configuration file

    bool is_given() const;  // by the command line
    // Sets the value. Errors: kUsage.
    Status Take(std::string_view text);
  };

  explicit OptionList(CLI::App* app) : app_(app) {}

  // Options that are added from now on come under this heading in the help.
  void SetGroup(std::string group) { group_ = std::move(group); }

  // `names` is like "-o,--out" and has a long one, `placeholder` like "FILE". A value keeps what it holds where nobody
  // gives the option, and has to outlive the list. Of an option given twice the last counts.
  void Argument(const std::string& name, const std::string& help, std::string* value);
  // One that may be missing.
  void OptionalArgument(const std::string& name, const std::string& help, std::string* value);
  // Any number of arguments, none too.
  void Arguments(const std::string& name, const std::string& help, std::vector<std::string>* values);
  void Flag(const std::string& names, const std::string& help, bool* value, PathRole role = PathRole::kNone);
  void Integer(const std::string& names, const std::string& help, int32_t* value, Check check);
  void Number(const std::string& names, const std::string& help, float* value, Check check);
  void Text(const std::string& names, const std::string& placeholder, const std::string& help, std::string* value);
  // The number of an op: N, or B:N for one of block B.
  void OpNumber(const std::string& names, const std::string& help, std::string* value);
  // The same as Text for a file or folder that the command reads.
  void InputPath(const std::string& names, const std::string& placeholder, const std::string& help, std::string* value);
  // The same as Text for one that may come more than once: all its values count.
  void Texts(const std::string& names, const std::string& placeholder, const std::string& help,
             std::vector<std::string>* values);
  // A number above 0 with a unit: 1000, 64K, 2Gi, 2GiB. K, M, G, T are powers of 1000, Ki, Mi, Gi, Ti of 1024.
  void Size(const std::string& names, const std::string& help, const std::string& default_text, uint64_t* value);
  // A folder for what the command writes.
  void OutputFolder(const std::string& names, const std::string& placeholder, const std::string& help,
                    std::string* value);
  // A file or folder that the command writes. What is standard output by another name, such as /dev/stdout, becomes
  // "-".
  void OutputPath(const std::string& names, const std::string& placeholder, const std::string& help, std::string* value,
                  PathRole role = PathRole::kOutput);
  // One of several words, which outlive the list.
  template <typename T, typename Value, size_t kSize>
  void Choice(const std::string& names, const std::string& placeholder, const std::string& help,
              const Words<T, kSize>& words, Value* value) {
    const auto word = [](const auto& row) { return row.first; };
    Choice(names, placeholder, help, WordsOf(words, word), [&words, value](std::string_view text) {
      *value = std::find_if(words.begin(), words.end(), [=](const auto& row) { return row.first == text; })->second;
    });
  }
  // The same where they are no such table: `set` gets one of the words.
  void Choice(const std::string& names, const std::string& placeholder, const std::string& help,
              std::vector<std::string_view> choices, std::function<void(std::string_view)> set);

  // The formats of output that a command has.
  void Format(const std::string& help, std::initializer_list<OutputFormat> formats, OutputFormat* value);

  // Sets what the command line gives, once it is parsed. Errors: kUsage, naming the option.
  Status TakeParsed();

  // The option with the long name "--" + `key`, or null.
  Option* Find(std::string_view key);
  const std::vector<Option>& all() const { return options_; }
  // The long names of all options, without their dashes.
  std::vector<std::string_view> Keys() const;

 private:
  void Add(const std::string& names, const std::string& placeholder, const std::string& help, OptionKind kind,
           Setter set);

  CLI::App* app_;
  std::string group_ = "Options";
  std::vector<Option> options_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_OPTION_LIST_H_
