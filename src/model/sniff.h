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

// What LooksLike says of a program of Paddle 3.
inline constexpr char kLooksLikePir[] =
    "a program of Paddle 3 in its PIR form (JSON); 'pdquant import' makes a ProgramDesc of it";

// Whether it is a program of Paddle 3 in its PIR form, which is JSON: 4096 bytes tell.
bool LooksLikePir(std::string_view bytes);

// Whether it begins as JSON does, and isn't that.
bool LooksLikeOtherJson(std::string_view bytes);

// Whether it is what git-lfs puts in the place of a file.
bool LooksLikeLfsPointer(std::string_view bytes);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_SNIFF_H_
