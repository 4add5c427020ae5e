// Tensors as text: one line `NAME float32|int8|int32 DIM,DIM : VALUE …` each.
#ifndef PDQUANT_TESTS_SUPPORT_TENSOR_TEXT_H_
#define PDQUANT_TESTS_SUPPORT_TENSOR_TEXT_H_

#include <string>
#include <utility>

namespace pdquant::testing {

// The name, and the tensor as Paddle writes it to a file of its own. Throws std::runtime_error on what is no such line.
std::pair<std::string, std::string> TensorFile(const std::string& line);

// The reverse, for what is as TensorFile writes it.
std::string TensorLine(const std::string& name, const std::string& file);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_TENSOR_TEXT_H_
