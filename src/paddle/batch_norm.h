// batch_norm in inference: a factor and a bias for each channel.
#ifndef PDQUANT_PADDLE_BATCH_NORM_H_
#define PDQUANT_PADDLE_BATCH_NORM_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "ir/edit/builder.h"
#include "ir/index.h"

namespace pdquant {

// y = (x − mean) · scale / √(variance + epsilon) + bias, for each channel.
struct BatchNorm {
  VarId x = kNoVar;
  VarId y = kNoVar;
  VarId scale = kNoVar;
  VarId bias = kNoVar;
  VarId mean = kNoVar;
  VarId variance = kNoVar;
  float epsilon = 1e-5F;
  int32_t channel_axis = 1;  // of x
};
bool IsBatchNorm(std::string_view type);
// In how many parts a convolution takes its channels: 1 where it doesn't say.
int64_t GroupsOf(const Index& index, OpId conv);
// Nothing for other ops, and for one that computes the mean of its batch, as in training.
std::optional<BatchNorm> ReadBatchNorm(const Index& index, OpId op);

// out = x + y, for each channel: how programs of Paddle 2.x add the bias of a convolution.
struct ChannelBias {
  VarId x = kNoVar;
  VarId y = kNoVar;
  VarId out = kNoVar;
};
// Nothing for other ops, and where y isn't declared with one value for each channel.
std::optional<ChannelBias> ReadChannelBias(const Index& index, OpId op, int32_t channel_axis);

// Adds to a fresh `op` the slots, the type and the attribute of x + bias; those that every op has are the caller's.
void BuildChannelBias(std::string_view x, std::string_view bias, std::string_view out, int32_t channel_axis,
                      OpBuilder* op);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_BATCH_NORM_H_
