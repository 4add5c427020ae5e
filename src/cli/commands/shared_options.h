// Groups of options that several commands share.
#ifndef PDQUANT_CLI_COMMANDS_SHARED_OPTIONS_H_
#define PDQUANT_CLI_COMMANDS_SHARED_OPTIONS_H_

#include <optional>
#include <span>
#include <string>

#include "base/status.h"
#include "cli/shell/option_list.h"
#include "cli/shell/outputs.h"
#include "paddle/quantization_ops.h"
#include "paddle/runtimes/runtimes.h"
#include "quantize/rules/rule.h"
#include "quantize/rules/rule_words.h"

namespace pdquant {

// The group of options that say what a command quantizes, and how: the same in all commands that quantize.
struct SelectionOptions {
  RuleWords words;
  std::string rules_file;  // empty where none was given

  void AddTo(OptionList* options);

  // The rules of the options, and behind them those of the file. Errors: kUsage; kIo where the file can't be read.
  Result<SelectionRules> Rules() const;
};

// --form of a result: legacy or linear.
void AddForm(const std::string& help, std::optional<QuantizationForm>* form, OptionList* options);

// --target of a result: an engine by its word. `meaning` is what it says beside.
void AddTarget(const std::string& meaning, std::optional<Target>* target, OptionList* options);

// --weight-quantize-type of a result: one scale, or one for each output channel.
void AddWeightScale(bool* per_channel, OptionList* options);

// The files of a command that makes a model of a model. Empty paths were not given.
struct ModelPaths {
  std::string model;
  std::string params;
  std::string out;
  std::string params_out;

  void AddTo(OptionList* options);
};

// What the command line of such a command says.
struct ModelArguments : ModelPaths {
  std::string report;
  bool dry_run = false;
  bool in_place = false;

  void AddTo(OptionList* options);

  // Do the options make sense together? Errors: kUsage.
  Status Validate() const;
  // Refuses outputs that are one file, or one of the inputs beside the model. Errors: kUsage.
  Status CheckOutputs(std::span<const FileRole> inputs) const;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_COMMANDS_SHARED_OPTIONS_H_
