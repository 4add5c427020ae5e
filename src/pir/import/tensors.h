// Which values of a program are one tensor: a list holds the tensors of which it is made, and what is taken out of it
// is the same tensor again. An op that overwrites one of them overwrites all.
#ifndef PDQUANT_PIR_IMPORT_TENSORS_H_
#define PDQUANT_PIR_IMPORT_TENSORS_H_

#include <cstdint>
#include <vector>

#include "pir/program.h"

namespace pdquant::pir {

class Tensors {
 public:
  // Linear.
  explicit Tensors(const Program& program);

  // The value with which the tensor came: this one, another one that went through lists, or a list that an op made.
  ValueId OriginOf(ValueId value) const { return tensors_[of_[value]].origin; }
  // Who reads the tensor last, in the order of the file, by whichever name; 0 for none.
  OpId LastReaderOf(ValueId value) const { return tensors_[of_[value]].last_reader; }

 private:
  struct Tensor {
    ValueId origin = kNone;
    OpId last_reader = 0;
  };
  std::vector<uint32_t> of_;  // by ValueId; in tensors_
  std::vector<Tensor> tensors_;
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_TENSORS_H_
