// The recogniser: which values a program quantizes, in whatever form that is written and whoever wrote it. Every
// rewrite works on this list, so that they all see the same.
//
//   simulated:  source ─> quantize ─> integers ─> dequantize ─> rounded ─> reader       (or one op for both)
//   frozen:     source ─> quantize ─> integers ─> op ─> product ─> dequantize ─> float
//   stored:     integers (a parameter) ─> dequantize ─> rounded ─> reader
#ifndef PDQUANT_ANALYSIS_QUANTIZED_VALUES_H_
#define PDQUANT_ANALYSIS_QUANTIZED_VALUES_H_

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "analysis/quantized_walk.h"
#include "analysis/uses.h"
#include "ir/index.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/scale_kinds.h"

namespace pdquant {

// A value that is rounded, or that is stored as integers and scaled back.
struct QuantizedValue {
  const QuantizationOp* kind = nullptr;  // of `quantize`; of `dequantize` where the integers are stored
  OpId quantize = kNoOp;                 // none where a parameter holds the integers
  OpId dequantize = kNoOp;               // `quantize` itself where one op does both
  VarId source = kNoVar;                 // what is quantized; where integers are stored, their variable
  VarId integers = kNoVar;               // none where one op does both
  VarId rounded = kNoVar;                // what its readers read
  VarId scale = kNoVar;                  // of shape [1], or [channels]
  int32_t bits = 8;
  int32_t axis = kWholeTensor;  // of `source`: the one along which `scale` has an element for each channel
  // The op quantizes with the scale as it is stored, and doesn't find it: a static one, or that of a channel-wise op in
  // test form.
  bool scale_is_stored = false;
  bool is_weight = false;  // the source is persistable, and only optimizers write it
  // The ops that find the scale in front of `quantize`, where that doesn't itself, and those that count their steps,
  // which other values may share.
  std::vector<OpId> estimators;
  std::vector<OpId> step_ops;

  bool is_stored() const { return quantize == kNoOp; }
};

// A quantizable op that computes with integers, and the ops behind it that alone read its product and scale it back.
struct IntegerProduct {
  struct Operand {
    NameId slot = kNoName;
    VarId var = kNoVar;
    OpId quantize = kNoOp;        // none for a parameter, which may hold integers
    VarId parameter = kNoVar;     // that one: `var`, or what ops that keep its elements make `var` of
    int32_t axis = kWholeTensor;  // the parameter's along which the channels of the product lie, where it has one
  };
  // x · scale / max_range, or with the first of the scales for each channel: x · scale[c] / R · second scale / R.
  struct Scaling {
    OpId op = kNoOp;
    const QuantizationOp* kind = nullptr;
    std::vector<VarId> scales;  // one, or per channel up to two
    float max_range = 0;        // of a scaling of the whole tensor
    int32_t weight_bits = 8;    // of a scaling per channel
    int32_t axis = kWholeTensor;
  };
  OpId op = kNoOp;
  const QuantizableOp* kind = nullptr;
  VarId output = kNoVar;          // the product of the integers
  VarId scaled = kNoVar;          // what the last scaling writes
  std::vector<Scaling> scalings;  // in their order, at least one
  std::vector<Operand> operands;  // those that are integers, or may be: at least one
};

class QuantizedValues {
 public:
  // Needs a program that has been checked. Linear in its size.
  QuantizedValues(const Index& index, const Uses& uses);

  // Values with a rounded form, in the order of the ops that scale them back. They are sound: the ops stand in one
  // block, nothing else writes what they write, each quantize op is scaled back by one op and with its own scale.
  const std::vector<QuantizedValue>& values() const { return values_; }
  // The value with this rounded form; null for other variables.
  const QuantizedValue* OfRounded(VarId rounded) const { return Find(by_rounded_, rounded); }
  // The value that this op quantizes; null for other ops.
  const QuantizedValue* OfQuantize(OpId quantize) const { return Find(by_quantize_, quantize); }

  // Pairs that only look at a value, for runtimes that want its scale, and hand it on as it is: `rounded` is `source`.
  const std::vector<QuantizedValue>& observed() const { return observed_; }

  // In the order of the ops.
  const std::vector<IntegerProduct>& products() const { return products_; }

  // Whether some op computes with integers, or integers are stored and scaled back.
  bool IsFrozen() const;

  // Ops that quantize or scale back and belong to none of the values and products.
  const std::vector<OpId>& unpaired() const { return unpaired_; }

  // Ops that only follow the scale of a value, and whose result nothing reads.
  const std::vector<OpId>& observers() const { return observers_; }

  // The ops besides those of the value that read its integers or its scale, so that its quantize op has to stay: all
  // but those that only list variables for the blocks that they run. A scale that is kept as a parameter, and that
  // nothing sets at run time, can be read without the op.
  std::vector<OpId> OtherReaders(const QuantizedValue& value) const { return OtherReaders(value, SIZE_MAX); }
  bool HasOtherReaders(const QuantizedValue& value) const { return !OtherReaders(value, 1).empty(); }

 private:
  template <typename Key>
  const QuantizedValue* Find(const std::unordered_map<Key, uint32_t>& map, Key key) const {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &values_[found->second];
  }
  std::vector<OpId> OtherReaders(const QuantizedValue& value, size_t limit) const;
  bool HasOneWriter(VarId var, OpId writer) const;
  bool IsParameter(VarId var) const;
  void AddObserved(OpId op, const QuantizationOp& kind);
  void AddRounding(OpId op, const QuantizationOp& kind);
  void AddScaledBack(OpId op, const QuantizationOp& kind, const HeldValue& operand);
  bool PairWith(OpId quantize, QuantizedValue* value) const;
  bool KeepsScale(const QuantizedValue& value) const;
  void Add(QuantizedValue value);
  void FindEstimators(QuantizedValue* value) const;
  OpId WriterLike(const ScaleOp& scale_op, const QuantizedValue& value, std::vector<VarId>* bound) const;
  void AddProduct(OpId op);
  bool AddScaling(OpId op, VarId product, IntegerProduct* into) const;
  void AddOperand(OpId op, const QuantizableOperand& row, IntegerProduct* into) const;

  const Index& index_;
  const Uses& uses_;
  std::vector<QuantizedValue> values_;
  std::vector<QuantizedValue> observed_;
  std::unordered_map<VarId, uint32_t> by_rounded_;
  std::unordered_map<OpId, uint32_t> by_quantize_;
  std::vector<IntegerProduct> products_;
  std::vector<OpId> unpaired_;
  std::vector<OpId> observers_;
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_QUANTIZED_VALUES_H_
