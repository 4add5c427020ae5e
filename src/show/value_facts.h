// What a page tells of a quantized value: how it is written, and where the parameters are at hand, how well it fits.
#ifndef PDQUANT_SHOW_VALUE_FACTS_H_
#define PDQUANT_SHOW_VALUE_FACTS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "analysis/quantized_values.h"
#include "base/status.h"
#include "ir/index.h"
#include "model/parameter_reader.h"
#include "quantize/weights/model_parameters.h"
#include "report/json_document.h"

namespace pdquant {

// All objects have `bits`, `axis` (-1 for a scale of the whole tensor), `form`, `dynamic`, `weight`. Where the
// parameters tell: `scale` {count, min, max}: the thresholds, of each channel; of a weight `histogram`, how many of its
// integers have a magnitude in each of at most 64 ranges of equal width from 0 to R, `values`, `zeros` and `saturated`;
// of one that is stored in float `sqnr_db` (null without noise) and `largest_error`, as in the report of freeze.
class ValueFacts {
 public:
  // `reader` may be null: nothing is known of parameters then. Both have to outlive it.
  ValueFacts(const Index& index, ParameterReader* reader);

  // Errors: kIo. What can't be a weight of its kind, such as one of another type, is left out.
  Result<JsonDocument::Json> Describe(const QuantizedValue& value);
  // The same for a parameter that holds the integers of a product. With a scale for the whole tensor `bits` is what the
  // largest of them needs, as in the report of int8; 0 without parameters.
  Result<JsonDocument::Json> DescribeIntegers(const IntegerProduct& product, const IntegerProduct::Operand& operand);

 private:
  using Json = JsonDocument::Json;

  std::string_view NameOf(VarId var) const { return index_.name(index_.var_name(var)); }
  std::optional<std::vector<float>> Thresholds(const QuantizedValue& value);
  std::optional<std::vector<float>> Read(VarId var);
  Status AddRounding(VarId source, int32_t bits, const Scales& scales, IntegerRange range, Json* json);
  std::optional<int32_t> OtherBits(const IntegerProduct& product) const;
  Status AddIntegers(VarId source, int32_t bits, Json* json);

  const Index& index_;
  ParameterReader* reader_;
  std::optional<FileParameterValues> values_;
};

}  // namespace pdquant

#endif  // PDQUANT_SHOW_VALUE_FACTS_H_
