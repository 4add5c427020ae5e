// What a file that is no program looks like.
#ifndef PDQUANT_MODEL_SNIFF_H_
#define PDQUANT_MODEL_SNIFF_H_

#include <string>
#include <string_view>

namespace pdquant {

// "a zip archive", "a parameter file of Paddle; …": with a hint where one helps; empty where the bytes look like
// nothing known.
std::string LooksLike(std::string_view bytes);

// Whether a file that begins with these bytes is a parameter file: 16 bytes tell.
bool LooksLikeParameters(std::string_view bytes);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_SNIFF_H_
