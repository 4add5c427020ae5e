#include "support/view_compare.h"

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pdquant::testing {
namespace {

using google::protobuf::RepeatedField;
using google::protobuf::RepeatedPtrField;

template <typename T>
std::vector<T> Vector(const RepeatedField<T>& field) {
  return {field.begin(), field.end()};
}

std::vector<std::string_view> Vector(const RepeatedPtrField<std::string>& field) {
  return {field.begin(), field.end()};
}

class Comparison {
 public:
  Comparison(const Program& program, const Index& index) : program_(program), index_(index) {}

  std::string Run(const proto::ProgramDesc& message) {
    Expect(program_.has_version() == message.has_version(), "has_version");
    Expect(program_.version() == message.version().version(), "version");
    Expect(program_.blocks().size() == static_cast<size_t>(message.blocks_size()), "blocks");
    for (int i = 0; difference_.empty() && i < message.blocks_size(); ++i) {
      where_ = "block " + std::to_string(i);
      CompareBlock(static_cast<size_t>(i), message.blocks(i));
    }
    return difference_;
  }

 private:
  void Expect(bool equal, std::string_view what) {
    if (!equal && difference_.empty()) difference_ = where_ + ": " + std::string(what);
  }

  void CompareBlock(size_t b, const proto::BlockDesc& message) {
    const Block& block = program_.block(b);
    const std::string where = where_;
    Expect(block.idx == message.idx(), "idx");
    Expect(block.parent == message.parent_idx(), "parent");
    Expect(block.forward == message.forward_block_idx(), "forward");
    Expect(block.var_count == static_cast<uint32_t>(message.vars_size()), "number of variables");
    Expect(block.op_count == static_cast<uint32_t>(message.ops_size()), "number of ops");
    for (uint32_t i = 0; difference_.empty() && i < block.var_count; ++i) {
      where_ = where + " variable " + std::to_string(i);
      CompareVar(b, block.first_var + i, message.vars(static_cast<int>(i)));
    }
    for (uint32_t i = 0; difference_.empty() && i < block.op_count; ++i) {
      where_ = where + " op " + std::to_string(i);
      CompareOp(b, block.first_op + i, message.ops(static_cast<int>(i)));
    }
  }

  void CompareVar(size_t block, VarId id, const proto::VarDesc& message) {
    const VarView view = program_.var(id);
    Expect(program_.BlockOfVar(id) == block, "its block");
    Expect(view.name() == message.name(), "name");
    Expect(index_.name(index_.var_name(id)) == message.name(), "name in the index");
    Expect(view.kind() == (message.type().has_type() ? message.type().type() : -1), "kind");
    Expect(view.persistable() == message.persistable(), "persistable");
    Expect(index_.persistable(id) == message.persistable(), "persistable in the index");
    Expect(index_.has_is_parameter(id) == message.has_is_parameter(), "has_is_parameter in the index");
    Expect(index_.is_parameter(id) == message.is_parameter(), "is_parameter in the index");
    const std::optional<TensorType> tensor = view.lod_tensor();
    Expect(tensor.has_value() == message.type().has_lod_tensor(), "has lod_tensor");
    if (tensor && difference_.empty()) {
      const auto& expected = message.type().lod_tensor();
      Expect(tensor->data_type == (expected.tensor().has_data_type() ? expected.tensor().data_type() : -1),
             "data_type");
      Expect(tensor->dims == Vector(expected.tensor().dims()), "dims");
      Expect(tensor->lod_level == expected.lod_level(), "lod_level");
    }
    proto::VarDesc type_only;
    Expect(type_only.ParsePartialFromString(view.type_fields()), "type_fields is no message");
    Expect(type_only.type().SerializePartialAsString() == message.type().SerializePartialAsString(), "type_fields");
  }

  void CompareOp(size_t block, OpId id, const proto::OpDesc& message) {
    const OpView view = program_.op(id);
    Expect(program_.BlockOfOp(id) == block, "its block");
    Expect(view.type() == message.type(), "type");
    Expect(index_.type(id) == message.type(), "type in the index");
    std::vector<SlotView> inputs;
    std::vector<SlotView> outputs;
    view.ForEachInput([&](const SlotView& slot) { inputs.push_back(slot); });
    view.ForEachOutput([&](const SlotView& slot) { outputs.push_back(slot); });
    CompareSlots(inputs, index_.inputs(id), message.inputs(), "inputs");
    CompareSlots(outputs, index_.outputs(id), message.outputs(), "outputs");
    std::vector<AttrView> attrs;
    view.ForEachAttr([&](const AttrView& attr) { attrs.push_back(attr); });
    Expect(attrs.size() == static_cast<size_t>(message.attrs_size()), "number of attributes");
    int32_t role = -1;
    for (int i = 0; difference_.empty() && i < message.attrs_size(); ++i) {
      const proto::OpDesc::Attr& attr = message.attrs(i);
      CompareAttr(attrs[static_cast<size_t>(i)], attr);
      if (attr.name() == "op_role" && attr.has_type() && attr.type() == proto::INT && attr.has_i()) role = attr.i();
    }
    Expect(index_.op(id).role == role, "role in the index");
  }

  void CompareSlots(const std::vector<SlotView>& views, std::span<const Argument> indexed,
                    const RepeatedPtrField<proto::OpDesc::Var>& messages, std::string_view what) {
    size_t count = 0;
    Expect(views.size() == static_cast<size_t>(messages.size()), what);
    for (int i = 0; difference_.empty() && i < messages.size(); ++i) {
      const SlotView& view = views[static_cast<size_t>(i)];
      std::vector<std::string_view> arguments;
      view.ForEachArgument([&](std::string_view argument) { arguments.push_back(argument); });
      Expect(view.name() == messages.Get(i).parameter(), what);
      Expect(arguments == Vector(messages.Get(i).arguments()), what);
      for (size_t a = 0; difference_.empty() && a < arguments.size(); ++a, ++count) {
        Expect(count < indexed.size(), what);
        if (count >= indexed.size()) return;
        Expect(index_.name(indexed[count].slot) == view.name(), "slot in the index");
        Expect(index_.name(indexed[count].name) == arguments[a], "argument in the index");
      }
    }
    if (difference_.empty()) Expect(count == indexed.size(), "number of arguments in the index");
  }

  void CompareAttr(const AttrView& view, const proto::OpDesc::Attr& message) {
    const int32_t type = message.has_type() ? message.type() : -1;
    const auto is = [&](proto::AttrType kind, bool has) { return type == kind && has; };
    Expect(view.name() == message.name(), "an attribute's name");
    Expect(view.type() == type, "an attribute's type");
    Expect(view.AsInt() == (is(proto::INT, message.has_i()) ? std::optional(message.i()) : std::nullopt), "AsInt");
    Expect(view.AsBool() == (is(proto::BOOLEAN, message.has_b()) ? std::optional(message.b()) : std::nullopt),
           "AsBool");
    Expect(view.AsString() ==
               (is(proto::STRING, message.has_s()) ? std::optional<std::string_view>(message.s()) : std::nullopt),
           "AsString");
    const std::optional<float> f = view.AsFloat();
    Expect(f.has_value() == is(proto::FLOAT, message.has_f()), "AsFloat");
    if (f) Expect(std::bit_cast<uint32_t>(*f) == std::bit_cast<uint32_t>(message.f()), "AsFloat");  // a NaN, too
    Expect(view.AsInts() == (is(proto::INTS, true) ? Vector(message.ints()) : std::vector<int32_t>()), "AsInts");
    Expect(view.AsStrings() == (is(proto::STRINGS, true) ? Vector(message.strings()) : std::vector<std::string_view>()),
           "AsStrings");
    std::vector<int32_t> blocks;
    if (is(proto::BLOCK, message.has_block_idx())) blocks = {message.block_idx()};
    if (is(proto::BLOCKS, true)) blocks = Vector(message.blocks_idx());
    Expect(view.AsBlocks() == blocks, "AsBlocks");
    std::vector<std::string_view> vars;
    if (is(proto::VAR, message.has_var_name())) vars = {message.var_name()};
    if (is(proto::VARS, true)) vars = Vector(message.vars_name());
    Expect(view.AsVars() == vars, "AsVars");
  }

  const Program& program_;
  const Index& index_;
  std::string where_;
  std::string difference_;
};

}  // namespace

std::string DifferenceFromProtobuf(const Program& program, const Index& index, const proto::ProgramDesc& message) {
  return Comparison(program, index).Run(message);
}

}  // namespace pdquant::testing
