// Attributes of Paddle 3's ops whose numbers became wider from one release to another. A newer Paddle reads the narrow
// form, an older one stops at the wide form.
#ifndef PDQUANT_PADDLE_WIDER_ATTRIBUTES_H_
#define PDQUANT_PADDLE_WIDER_ATTRIBUTES_H_

#include <string_view>

namespace pdquant {

struct WiderAttribute {
  std::string_view op;
  std::string_view attribute;
  bool is_double = false;  // float32 became float64; else int32 became int64. Of a list: its members
  std::string_view since;  // the first release that reads the wide form
};

// Null for an attribute that has one form in all releases that are known.
const WiderAttribute* FindWiderAttribute(std::string_view op, std::string_view attribute);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_WIDER_ATTRIBUTES_H_
