// From a piece of JSON to what it means: types, attributes, operands and results of one op.
#ifndef PDQUANT_PIR_PIECE_READER_H_
#define PDQUANT_PIR_PIECE_READER_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/finding.h"
#include "pir/json_tape.h"
#include "pir/program.h"

namespace pdquant::pir {

// Appends to a program. What is wrong is a finding of the op that is being read, and marks it.
class PieceReader {
 public:
  PieceReader(Program* program, Findings* findings) : program_(program), findings_(findings) {}

  // The members of an op's object but its regions.
  void ReadOp(OpId op, const JsonTape& tape, uint32_t begin);
  // The arguments of a block.
  void ReadArguments(BlockId block, const JsonValue& list);

  // The member of an object; one that isn't there is false.
  JsonValue Take(const JsonValue& object, std::string_view key) const;
  // Fails where the value is no object, or has another key.
  void CheckKeys(const JsonValue& object, std::initializer_list<std::string_view> keys, const char* what);

  // For messages: which op is being read.
  void SetOp(OpId op) { op_ = op; }
  void Fail(std::string_view code, std::string text);

 private:
  void ReadParameter(const JsonValue& op);
  void ReadPlainOp(const JsonValue& op);
  void ReadOperands(const JsonValue& list);
  void AddResult(const JsonValue& result, std::string_view id_key, bool is_argument, BlockId block);
  Range ReadAttrs(const JsonValue& list, const char* what);
  void ReadFlag(const JsonValue& flags, uint32_t number, bool* flag);

  TypeId ReadType(const JsonValue& value);
  Type ParseType(const JsonValue& value);
  bool ReadTensor(const JsonValue& data, size_t size, Type* type);
  bool ReadDims(const JsonValue& dims, Type* type);
  Attr ReadAttr(const JsonValue& value);
  bool ReadAttrData(std::string_view kind, const JsonValue& data, Attr* attr);
  bool ReadNumber(std::string_view kind, const JsonValue& data, Attr* attr);
  bool ReadArray(const JsonValue& data, Attr* attr);
  bool ReadIntegers(const JsonValue& data, Attr* attr);
  bool ReadScalar(const JsonValue& data, Attr* attr);

  std::string_view text(const JsonValue& value) const { return program_->texts.text(value.node().text); }
  Op& op() { return program_->ops[op_]; }

  Program* program_;
  Findings* findings_;
  OpId op_ = kNone;
  std::unordered_map<std::string, TypeId> types_;  // by the bytes of their tape
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_PIECE_READER_H_
