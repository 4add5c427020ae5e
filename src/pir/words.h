// The words that the file format has.
#ifndef PDQUANT_PIR_WORDS_H_
#define PDQUANT_PIR_WORDS_H_

#include <string>
#include <string_view>

#include "paddle/names.h"

namespace pdquant::pir {

inline constexpr std::string_view kMagicWord = "pir";
// The newest version of the format that is known: Paddle 3.3's. A development build writes 0.
inline constexpr int64_t kNewestVersion = 4;

// What an op's name begins with.
inline constexpr std::string_view kBuiltinDialect = "0.";
inline constexpr std::string_view kOperatorDialect = "1.";

inline constexpr std::string_view kParameterOp = "p";
inline constexpr std::string_view kCombineOp = "0.combine";
inline constexpr std::string_view kSplitOp = "0.split";
inline constexpr std::string_view kListItemOp = "0.slice";
inline constexpr std::string_view kIfOp = "1.if";
inline constexpr std::string_view kWhileOp = "1.while";
inline constexpr std::string_view kDataOp = "1.data";
inline constexpr std::string_view kFetchOp = "1.fetch";
inline constexpr std::string_view kYieldOp = "2.yield";

// What an input or an output is called.
inline constexpr std::string_view kNameAttribute = "name";

// Where an op stands in the network's Python.
inline constexpr std::string_view kScopeAttribute = "struct_name";
// Whether an attribute of this name says nothing of what an op computes.
bool IsNoteAttribute(std::string_view name);

// An op's name as Paddle prints it: "pd_op.conv2d" for "1.conv2d".
std::string FullName(std::string_view name);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_WORDS_H_
