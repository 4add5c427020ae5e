#include "support/interpreter.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "support/random_program.h"

namespace pdquant::testing {
namespace {

uint64_t Mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15U;
  return hash ^ hash >> 29U;
}

uint64_t Mix(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = Mix(hash, static_cast<uint8_t>(c));
  return Mix(hash, text.size());
}

struct Scope {
  Scope* parent = nullptr;
  std::unordered_map<std::string, uint64_t> values;
  // By the name of a control op's variable of step scopes: those of its last run.
  std::unordered_map<std::string, std::vector<std::unique_ptr<Scope>>> steps;
};

const proto::OpDesc::Attr* FindAttr(const proto::OpDesc& op, std::string_view name) {
  for (const auto& attr : op.attrs()) {
    if (attr.name() == name) return &attr;
  }
  return nullptr;
}

// Ops beside the pairs that count steps or find scales: they change nothing that the program computes.
bool FindsScale(const proto::OpDesc& op) {
  const auto* role = FindAttr(op, "op_role");
  return op.type() == "increment" || (role != nullptr && role->i() == 2 && op.type() != "sgd");
}

class Interpreter {
 public:
  explicit Interpreter(const proto::ProgramDesc& program) : program_(program) {}

  Run Execute(int steps) {
    Scope root;
    for (const auto& var : program_.blocks(0).vars()) {
      if (var.persistable()) root.values[var.name()] = Mix(1, var.name());
    }
    for (int step = 0; step < steps; ++step) {
      Scope scope;
      scope.parent = &root;
      for (const char* fed : {"x0", "x1"}) scope.values[fed] = Mix(Mix(2, fed), static_cast<uint64_t>(step));
      RunBlock(0, &scope);
    }
    return run_;
  }

 private:
  void RunBlock(int block, Scope* scope) {
    for (const auto& op : program_.blocks(block).ops()) {
      if (FindAttr(op, "sub_block") != nullptr) {
        RunControl(op, block, scope);
      } else if (op.type().starts_with("fake_") || op.type().ends_with("quantize_linear")) {
        Pass(op, block, scope);
      } else {
        Compute(op, block, scope);
      }
    }
  }

  void RunControl(const proto::OpDesc& op, int block, Scope* scope) {
    const int body = FindAttr(op, "sub_block")->block_idx();
    const int forward = program_.blocks(body).forward_block_idx();
    if (forward < 0) {
      const std::string& name = op.outputs(1).arguments(0);
      auto& steps = Holder(name, block, scope)->steps[name];
      steps.clear();
      for (int i = FindAttr(op, kRuns)->i(); i > 0; --i) {
        steps.push_back(std::make_unique<Scope>());
        steps.back()->parent = scope;
        RunBlock(body, steps.back().get());
      }
      return;
    }
    const std::string& name = op.inputs(1).arguments(0);
    Scope* holder = scope;
    while (holder != nullptr && !holder->steps.contains(name)) holder = holder->parent;
    if (holder == nullptr) return;
    auto& steps = holder->steps[name];
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) RunBlock(body, step->get());
  }

  // A variable lives in the scope of the nearest open block that declares it.
  Scope* Holder(const std::string& name, int block, Scope* scope) {
    for (Scope* s = scope; s != nullptr; s = s->parent) {
      if (s->values.contains(name)) return s;
    }
    const auto& vars = program_.blocks(block).vars();
    const bool local = std::any_of(vars.begin(), vars.end(), [&](const auto& var) { return var.name() == name; });
    if (local || scope->parent == nullptr || scope->parent->parent == nullptr) return scope;
    return Holder(name, program_.blocks(block).parent_idx(), scope->parent);
  }

  const uint64_t* Find(const std::string& name, Scope* scope) const {
    for (Scope* s = scope; s != nullptr; s = s->parent) {
      const auto found = s->values.find(name);
      if (found != s->values.end()) return &found->second;
    }
    return nullptr;
  }

  void Pass(const proto::OpDesc& op, int block, Scope* scope) {
    const uint64_t* x = nullptr;
    for (const auto& slot : op.inputs()) {
      if (slot.parameter() == "X") x = Find(slot.arguments(0), scope);
    }
    if (x == nullptr) ++run_.undefined;
    const uint64_t value = x == nullptr ? 0 : *x;
    for (const auto& slot : op.outputs()) {
      const std::string& name = slot.arguments(0);
      Holder(name, block, scope)->values[name] = slot.parameter() == "Out" || slot.parameter() == "Y" ? value : 0;
    }
  }

  void Compute(const proto::OpDesc& op, int block, Scope* scope) {
    uint64_t hash = Mix(3, op.type());
    for (const auto& slot : op.inputs()) {
      hash = Mix(hash, slot.parameter());
      for (const std::string& name : slot.arguments()) {
        const uint64_t* value = Find(name, scope);
        hash = Mix(hash, value == nullptr ? 0 : *value);
      }
    }
    for (const auto& slot : op.outputs()) {
      for (const std::string& name : slot.arguments()) {
        const uint64_t value = Mix(hash, slot.parameter());
        Holder(name, block, scope)->values[name] = value;
        if (!FindsScale(op)) run_.trace.push_back(value);
      }
    }
  }

  const proto::ProgramDesc& program_;
  Run run_;
};

}  // namespace

Run Interpret(const proto::ProgramDesc& program, int steps) { return Interpreter(program).Execute(steps); }

}  // namespace pdquant::testing
