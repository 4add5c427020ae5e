#include "support/random_program.h"

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "paddle/op_role.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

constexpr int kMostBlocks = 12;
constexpr int kDeepest = 4;
constexpr char kGrad[] = "@GRAD";
constexpr char kEmpty[] = "@EMPTY@";

struct Control {
  const char* type;
  const char* inputs;
  const char* outputs;
  const char* scopes;
};
constexpr std::array<Control, 3> kControls = {{
    {"while", "X", "Out", "StepScopes"},
    {"conditional_block", "Input", "Out", "Scope"},
    {"recurrent", "parameters", "outputs", "step_scopes"},
}};

struct Slot {
  std::string name;
  std::vector<std::string> arguments;
};

void AddBlockAttr(proto::OpDesc* op, const std::string& name, int block) {
  auto* attr = op->add_attrs();
  attr->set_name(name);
  attr->set_type(proto::BLOCK);
  attr->set_block_idx(block);
}

void AddIntAttr(proto::OpDesc* op, const std::string& name, int value) {
  auto* attr = op->add_attrs();
  attr->set_name(name);
  attr->set_type(proto::INT);
  attr->set_i(value);
}

void AddBoolAttr(proto::OpDesc* op, const std::string& name, bool value) {
  auto* attr = op->add_attrs();
  attr->set_name(name);
  attr->set_type(proto::BOOLEAN);
  attr->set_b(value);
}

proto::OpDesc MakeOp(const std::string& type, const std::vector<Slot>& inputs, const std::vector<Slot>& outputs,
                     int role) {
  proto::OpDesc op;
  const auto add = [](const Slot& from, proto::OpDesc::Var* to) {
    to->set_parameter(from.name);
    for (const std::string& argument : from.arguments) to->add_arguments(argument);
  };
  for (const Slot& slot : inputs) add(slot, op.add_inputs());
  for (const Slot& slot : outputs) add(slot, op.add_outputs());
  op.set_type(type);
  AddIntAttr(&op, "op_role", role);
  return op;
}

class Generator {
 public:
  explicit Generator(std::string_view bytes) : bytes_(bytes) {}

  proto::ProgramDesc Make() {
    program_.mutable_version()->set_version(0);
    AddBlock(&program_, -1, -1);
    for (const char* name : {"x0", "x1"}) Declare(0, name, false);
    for (const char* name : {"w0", "w1", "w2"}) {
      Declare(0, name, true);
      Declare(0, std::string(name) + kGrad, false);
      weights_.emplace_back(name);
    }
    defined_ = {"x0", "x1"};
    const int backwards = 1 + Choose(2);
    for (int i = 0; i < backwards; ++i) Train();
    return program_;
  }

 private:
  // The next choice: 0 to n - 1.
  int Choose(int n) {
    const int byte = position_ < bytes_.size() ? static_cast<uint8_t>(bytes_[position_++]) : 0;
    return byte % n;
  }
  bool OneIn(int n) { return Choose(n) == n - 1; }

  void Declare(int block, const std::string& name, bool persistable) {
    if (declared_.insert({block, name}).second) {
      *program_.mutable_blocks(block)->add_vars() =
          MakeVar(name + " float32[2,2]" + (persistable ? " persistable" : ""));
    }
  }
  bool Sees(int block, const std::string& name) const {
    for (int b = block; b >= 0; b = program_.blocks(b).parent_idx()) {
      if (declared_.contains({b, name})) return true;
    }
    return false;
  }

  // A forward, its backward as far as bytes want one, and updates.
  void Train() {
    const int first = program_.blocks(0).ops_size();
    Body(0, 3 + Choose(8));
    const int last = program_.blocks(0).ops_size();
    if (OneIn(8)) return;
    Backward(0, 0, first, last);
    for (const std::string& w : weights_) {
      if (OneIn(3)) continue;
      Add(0, MakeOp("sgd", {{"Param", {w}}, {"Grad", {w + kGrad}}}, {{"ParamOut", {w}}}, kRoleOptimize));
    }
  }

  void Add(int block, const proto::OpDesc& op) { *program_.mutable_blocks(block)->add_ops() = op; }

  void Body(int block, int ops) {
    const size_t defined = defined_.size();
    for (int i = 0; i < ops; ++i) {
      if (depth_ < kDeepest && program_.blocks_size() < kMostBlocks && OneIn(6)) {
        AddControl(block);
      } else {
        AddPlain(block);
      }
    }
    if (block != 0) defined_.resize(defined);  // what the body has declared isn't seen outside
  }

  std::string SomeValue() { return OneIn(3) ? weights_[Index(weights_)] : defined_[Index(defined_)]; }
  template <typename List>
  size_t Index(const List& list) {
    return static_cast<size_t>(Choose(static_cast<int>(list.size())));
  }

  // A new variable, or one that is overwritten.
  std::string SomeOutput(int block) {
    if (OneIn(4)) return defined_[Index(defined_)];
    if (OneIn(24)) return weights_[Index(weights_)];
    std::string name = "t" + std::to_string(next_++);
    // At times a body is the first to write a variable of the block around it.
    Declare(block != 0 && OneIn(12) ? program_.blocks(block).parent_idx() : block, name, false);
    return name;
  }

  void AddPlain(int block) {
    const std::string x = SomeValue();
    proto::OpDesc op;
    std::string out;
    switch (Choose(5)) {
      case 0:
        out = SomeOutput(block);
        op = MakeOp("scale", {{"X", {x}}}, {{"Out", {out}}}, kRoleForward);
        break;
      case 1:
        out = SomeOutput(block);
        op = MakeOp("elementwise_add", {{"X", {x}}, {"Y", {SomeValue()}}}, {{"Out", {out}}}, kRoleForward);
        break;
      default: {
        const std::string y = OneIn(4) ? SomeValue() : weights_[Index(weights_)];
        out = SomeOutput(block);
        op = MakeOp("mul", {{"X", {x}}, {"Y", {y}}}, {{"Out", {out}}}, kRoleForward);
      }
    }
    Add(block, op);
    if (std::find(defined_.begin(), defined_.end(), out) == defined_.end() && out[0] == 't') defined_.push_back(out);
  }

  void AddControl(int block) {
    const Control& control = kControls[Index(kControls)];
    const int body = program_.blocks_size();
    AddBlock(&program_, block, -1);
    ++depth_;
    Body(body, 1 + Choose(5));
    --depth_;
    const std::string scopes = "scopes" + std::to_string(body);
    Declare(block, scopes, false);
    std::vector<std::string> reads;
    std::vector<std::string> writes;
    Outside(body, &reads, &writes);
    proto::OpDesc op = MakeOp(control.type, {{control.inputs, reads}},
                              {{control.outputs, writes}, {control.scopes, {scopes}}}, kRoleForward);
    AddBlockAttr(&op, "sub_block", body);
    AddBoolAttr(&op, "is_scalar_condition", !OneIn(4));
    AddIntAttr(&op, kRuns, std::string_view(control.type) == "conditional_block" ? Choose(2) : 1 + Choose(3));
    Add(block, op);
  }

  // What a body reads and writes that it doesn't declare itself, each once.
  void Outside(int body, std::vector<std::string>* reads, std::vector<std::string>* writes) const {
    const auto add = [&](const auto& slots, std::vector<std::string>* list) {
      for (const auto& slot : slots) {
        for (const std::string& name : slot.arguments()) {
          if (declared_.contains({body, name}) || std::find(list->begin(), list->end(), name) != list->end()) continue;
          list->push_back(name);
        }
      }
    };
    for (const auto& op : program_.blocks(body).ops()) {
      add(op.inputs(), reads);
      add(op.outputs(), writes);
    }
  }

  // A gradient's name, declared where `block` sees it.
  std::string Gradient(int block, const std::string& name) {
    std::string gradient = name + kGrad;
    if (block != 0 && OneIn(2)) {
      Declare(block, gradient, false);
    } else if (!Sees(block, gradient)) {
      Declare(0, gradient, false);
    }
    return gradient;
  }

  // The gradient ops, in `target`, of ops of `block`.
  void Backward(int block, int target, int first, int last) {
    for (int i = last - 1; i >= first; --i) {
      const proto::OpDesc op = program_.blocks(block).ops(i);
      if (op.attrs_size() > 1) {
        ControlBackward(op, target);
      } else if (op.type() == "mul") {
        MulBackward(op, target);
      } else if (OneIn(2)) {
        Add(target, MakeOp(op.type() + "_grad", {{"Out@GRAD", {Gradient(target, op.outputs(0).arguments(0))}}},
                           {{"X@GRAD", {Gradient(target, op.inputs(0).arguments(0))}}}, kRoleBackward));
      }
    }
  }

  void MulBackward(const proto::OpDesc& op, int target) {
    const std::string x = op.inputs(0).arguments(0);
    const std::string y = op.inputs(1).arguments(0);
    const std::string out = Gradient(target, op.outputs(0).arguments(0));
    Add(target, MakeOp("mul_grad", {{"Out@GRAD", {out}}, {"X", {x}}, {"Y", {y}}},
                       {{"X@GRAD", {Gradient(target, x)}}, {"Y@GRAD", {Gradient(target, y)}}}, kRoleBackward));
    if (!OneIn(6)) return;
    Add(target, MakeOp("mul_grad_grad", {{"DDX", {Gradient(target, x)}}, {"DOut", {out}}, {"X", {x}}, {"Y", {y}}},
                       {{"DDOut", {Gradient(target, op.outputs(0).arguments(0))}}}, kRoleBackward));
  }

  void ControlBackward(const proto::OpDesc& op, int target) {
    const Control& control =
        *std::find_if(kControls.begin(), kControls.end(), [&](const Control& c) { return c.type == op.type(); });
    const int body = op.attrs(1).block_idx();
    const int block = program_.blocks_size();
    AddBlock(&program_, target, body);
    Backward(body, block, 0, program_.blocks(body).ops_size());
    if (OneIn(8)) return;  // nothing runs the block
    std::vector<std::string> inputs(op.inputs(0).arguments().begin(), op.inputs(0).arguments().end());
    std::vector<std::string> gradients;
    for (const std::string& name : inputs) gradients.push_back(OneIn(2) ? kEmpty : Gradient(target, name));
    proto::OpDesc gradient =
        MakeOp(op.type() + "_grad", {{control.inputs, inputs}, {control.scopes, {op.outputs(1).arguments(0)}}},
               {{std::string(control.inputs) + kGrad, gradients}}, kRoleBackward);
    for (int i = 1; i < op.attrs_size(); ++i) *gradient.add_attrs() = op.attrs(i);
    gradient.mutable_attrs(1)->set_block_idx(block);
    Add(target, gradient);
  }

  std::string_view bytes_;
  size_t position_ = 0;
  proto::ProgramDesc program_;
  std::set<std::pair<int, std::string>> declared_;
  std::vector<std::string> weights_;
  std::vector<std::string> defined_;  // activations that hold a value, as seen from the block that is being made
  int depth_ = 0;
  int next_ = 0;
};

}  // namespace

proto::ProgramDesc RandomProgram(std::string_view bytes) { return Generator(bytes).Make(); }

std::string RandomBytes(uint32_t seed, size_t size) {
  std::minstd_rand random(seed + 1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8U);
  return bytes;
}

}  // namespace pdquant::testing
