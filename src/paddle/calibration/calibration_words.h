// How a threshold is found in the values of a calibration, as PostTrainingQuantization spells it (its option `algo`).
#ifndef PDQUANT_PADDLE_CALIBRATION_CALIBRATION_WORDS_H_
#define PDQUANT_PADDLE_CALIBRATION_CALIBRATION_WORDS_H_

#include <string_view>

namespace pdquant::calibration_words {

inline constexpr std::string_view kAbsMax = "abs_max";
inline constexpr std::string_view kAverage = "avg";
inline constexpr std::string_view kMeanSquare = "mse";

}  // namespace pdquant::calibration_words

#endif  // PDQUANT_PADDLE_CALIBRATION_CALIBRATION_WORDS_H_
