#include "support/program_compare.h"

#include <google/protobuf/util/field_comparator.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace pdquant::testing {
namespace {

constexpr size_t kMostDifferences = 20;

// Takes the optional fields out that hold their default value.
void DropDefaults(google::protobuf::Message* message) {
  const auto* reflection = message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const auto* field : fields) {
    if (!field->is_optional()) continue;
    const bool is_false = field->cpp_type() == field->CPPTYPE_BOOL && !reflection->GetBool(*message, field);
    const bool is_default = field->cpp_type() == field->CPPTYPE_INT32 && field->has_default_value() &&
                            reflection->GetInt32(*message, field) == field->default_value_int32();
    if (is_false || is_default) reflection->ClearField(message, field);
  }
}

void Normalize(proto::OpDesc* op) {
  DropDefaults(op);
  auto* attrs = op->mutable_attrs();
  attrs->erase(
      std::remove_if(attrs->begin(), attrs->end(), [](const auto& attr) { return attr.name() == "op_callstack"; }),
      attrs->end());
  std::stable_sort(attrs->begin(), attrs->end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
  constexpr std::string_view kDequantized = ".quantized.dequantized";
  for (auto& attr : *attrs) {
    if (attr.name() != "op_role_var") continue;
    for (std::string& name : *attr.mutable_strings()) {
      if (name.ends_with(kDequantized)) name.resize(name.size() - kDequantized.size());
    }
  }
}

class Comparison {
 public:
  std::vector<std::string> Run(proto::ProgramDesc expected, proto::ProgramDesc actual) {
    if (expected.blocks_size() != actual.blocks_size()) {
      Add("blocks: expected " + std::to_string(expected.blocks_size()) + ", got " +
          std::to_string(actual.blocks_size()));
      return differences_;
    }
    for (int i = 0; i < expected.blocks_size(); ++i) {
      CompareBlocks("block " + std::to_string(i), expected.mutable_blocks(i), actual.mutable_blocks(i));
    }
    expected.clear_blocks();
    actual.clear_blocks();
    CompareMessages("program", expected, actual);
    return differences_;
  }

 private:
  void Add(std::string difference) {
    if (differences_.size() < kMostDifferences) differences_.push_back(std::move(difference));
  }

  void CompareMessages(const std::string& where, const google::protobuf::Message& expected,
                       const google::protobuf::Message& actual) {
    google::protobuf::util::DefaultFieldComparator numbers;
    numbers.set_treat_nan_as_equal(true);
    google::protobuf::util::MessageDifferencer differencer;
    differencer.set_field_comparator(&numbers);
    std::string report;
    differencer.ReportDifferencesToString(&report);
    if (differencer.Compare(expected, actual)) return;
    std::replace(report.begin(), report.end(), '\n', ';');
    Add(where + ": " + report.substr(0, 600));
  }

  void CompareVars(const std::string& where, const proto::BlockDesc& expected, const proto::BlockDesc& actual) {
    std::map<std::string, std::vector<const proto::VarDesc*>> a;
    std::map<std::string, std::vector<const proto::VarDesc*>> b;
    std::set<std::string> names;
    for (const auto& var : expected.vars()) a[var.name()].push_back(&var), names.insert(var.name());
    for (const auto& var : actual.vars()) b[var.name()].push_back(&var), names.insert(var.name());
    for (const std::string& name : names) {
      const std::string var = where + " variable " + name;
      if (a[name].size() != b[name].size()) {
        Add(var + ": expected " + std::to_string(a[name].size()) + " of it, got " + std::to_string(b[name].size()));
        continue;
      }
      for (size_t i = 0; i < a[name].size(); ++i) {
        proto::VarDesc x = *a[name][i];
        proto::VarDesc y = *b[name][i];
        DropDefaults(&x);
        DropDefaults(&y);
        for (auto* v : {&x, &y}) {
          if (v->mutable_type()->has_lod_tensor()) DropDefaults(v->mutable_type()->mutable_lod_tensor());
        }
        CompareMessages(var, x, y);
      }
    }
  }

  void CompareBlocks(const std::string& where, proto::BlockDesc* expected, proto::BlockDesc* actual) {
    CompareVars(where, *expected, *actual);
    if (expected->ops_size() != actual->ops_size()) {
      Add(where + ": expected " + std::to_string(expected->ops_size()) + " ops, got " +
          std::to_string(actual->ops_size()));
    }
    for (int i = 0; i < std::min(expected->ops_size(), actual->ops_size()); ++i) {
      Normalize(expected->mutable_ops(i));
      Normalize(actual->mutable_ops(i));
      CompareMessages(where + " op " + std::to_string(i) + " (" + expected->ops(i).type() + ")", expected->ops(i),
                      actual->ops(i));
    }
    for (auto* block : {expected, actual}) {
      block->clear_vars();
      block->clear_ops();
      DropDefaults(block);
    }
    CompareMessages(where, *expected, *actual);
  }

  std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> CompareAsGraphs(const proto::ProgramDesc& expected, const proto::ProgramDesc& actual) {
  return Comparison().Run(expected, actual);
}

}  // namespace pdquant::testing
