// Where a message lies in a program, for messages to people: "blocks[0].ops[39].attrs[2]".
#ifndef PDQUANT_IR_WIRE_PATH_H_
#define PDQUANT_IR_WIRE_PATH_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ir/wire_schema.h"

namespace pdquant {

// The messages of the schema that a walk through an encoded program is inside of. To enter and to leave costs next to
// nothing; places among siblings are counted when a path is asked for, and counting goes on where it stopped: all paths
// of one walk together are linear in the size of the program.
class WirePath {
 public:
  void Enter(MessageKind kind, std::string_view message) {
    Step& step = steps_[depth_++];
    step.kind = kind;
    step.message = message;
    step.counted = 0;
  }
  void Leave() { --depth_; }

  // The path to the message that was entered last; empty for the program itself.
  std::string ToString();

 private:
  // Program, block, variable, type, reader, LoD tensor, tensor: nothing in the schema is deeper. A test walks through
  // it.
  static constexpr size_t kDeepest = 7;

  struct Step {
    MessageKind kind;
    std::string_view message;
    size_t counted;                     // how many bytes of the message have been counted
    std::array<uint32_t, 32> siblings;  // by field number: how many were in these bytes
  };

  static std::string NameOfChild(Step* step, const char* child);

  std::array<Step, kDeepest> steps_;
  size_t depth_ = 0;
};

// The path of the innermost known message that holds byte `offset`. Linear in the size of the program.
std::string DescribeOffset(std::string_view bytes, size_t offset);

}  // namespace pdquant

#endif  // PDQUANT_IR_WIRE_PATH_H_
