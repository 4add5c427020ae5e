// The options of one command: how they are spelled, what they take, and where their values go. It stands between the
// commands and CLI11, because a configuration file has to know more of an option than CLI11 keeps, and because CLI11
// takes five seconds to compile.
#ifndef PDQUANT_CLI_SHELL_OPTION_LIST_H_
#define PDQUANT_CLI_SHELL_OPTION_LIST_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pdquant {

// What an option takes. On the command line all is text; a configuration file has types.
enum class ValueKind { kFlag, kInteger, kNumber, kText, kSize };

class OptionList {
 public:
  // Takes the text of a value. Errors: kUsage, with what is wrong with it.
  using Setter = std::function<Status(std::string_view)>;
  // Asked after each value that was taken: is all in its range? Errors: kUsage.
  using Check = std::function<Status()>;

  struct Option {
    std::string key;  // "weight-bits"; the argument's "PROGRAM"
    ValueKind kind;
    bool is_argument;
    Setter set;
    const CLI::Option* parsed;
    bool takes_all = false;  // may come more than once; else the last one counts

    bool is_given() const;  // by the command line
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
  void Flag(const std::string& names, const std::string& help, bool* value);
  void Integer(const std::string& names, const std::string& help, int32_t* value, Check check);
  void Number(const std::string& names, const std::string& help, float* value, Check check);
  void Text(const std::string& names, const std::string& placeholder, const std::string& help, std::string* value);
  // The same for one that may come more than once: all its values count.
  void Texts(const std::string& names, const std::string& placeholder, const std::string& help,
             std::vector<std::string>* values);
  // A number above 0 with a unit: 1000, 64K, 2Gi, 2GiB. K, M, G, T are powers of 1000, Ki, Mi, Gi, Ti of 1024.
  void Size(const std::string& names, const std::string& help, const std::string& default_text, uint64_t* value);
  // One of several words: `set` says whether it is one; `choices` lists them for the message where it isn't.
  void Choice(const std::string& names, const std::string& placeholder, const std::string& help,
              const std::string& choices, std::function<bool(std::string_view)> set);

  // Sets what the command line gives, once it is parsed. Errors: kUsage, naming the option.
  Status TakeParsed() const;

  // The option with the long name "--" + `key`, or null.
  const Option* Find(std::string_view key) const;

 private:
  void Add(const std::string& names, const std::string& placeholder, const std::string& help, ValueKind kind,
           Setter set);

  CLI::App* app_;
  std::string group_ = "Options";
  std::vector<Option> options_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_OPTION_LIST_H_
