// What a calibration found: for each activation the threshold max|x|, which is rounded to the largest integer. JSON, of
// one of three kinds:
//
//   {"variable": 3.2, …}                                                  plain
//   {"schema": "pdquant.scales", "version": 1, "scales": {"variable": 3.2, …}, …}   what `pdquant read` writes
//   {"variable": {"scale": 3.2, …}, …}                                    what PostTrainingQuantization of paddlepaddle
//                                                                         2.6.2 keeps (_calibration_scales)
//
// Where Paddle's dictionaries have a list in the place of a number (_quantized_var_threshold), one value is the
// threshold of an activation, and several are those of a weight's channels, which nobody needs: a weight tells its own.
#ifndef PDQUANT_MODEL_SCALES_FILE_H_
#define PDQUANT_MODEL_SCALES_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace pdquant {

// The schema of the second kind.
inline constexpr std::string_view kScalesSchema = "pdquant.scales";

class ScalesFile {
 public:
  static constexpr uint64_t kMaxBytes = uint64_t{64} << 20U;

  struct Entry {
    std::string name;
    // Above 0; or 0, which calibration finds for what was 0 in all batches. Nothing can be divided by it: who takes
    // scales has to say what becomes of such a variable.
    float threshold = 0;
  };

  // `path` names the file in messages. Errors: kBadInput, naming the place, for what is no such JSON, for a variable
  // that is there twice, and for a threshold that is no number, NaN, infinite, negative, or beyond what a float32
  // holds.
  static Result<ScalesFile> Parse(const std::string& path, std::string_view text);
  // Reads the file, or standard input for "-". Errors: those of Parse and of ReadInput, with a limit of kMaxBytes.
  static Result<ScalesFile> Read(const std::string& path);

  // In the byte order of the names.
  const std::vector<Entry>& entries() const { return entries_; }
  std::optional<float> Find(std::string_view name) const;
  // How many of them were left out: those with several values.
  size_t left_out() const { return left_out_; }

 private:
  std::vector<Entry> entries_;
  size_t left_out_ = 0;
};

}  // namespace pdquant

#endif  // PDQUANT_MODEL_SCALES_FILE_H_
