// Where text goes that may be larger than memory should hold.
#ifndef PDQUANT_TEXT_TEXT_SINK_H_
#define PDQUANT_TEXT_TEXT_SINK_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace pdquant {

// Takes the next part of a text; false where it wants no more, such as a broken pipe.
using TextSink = std::function<bool(std::string_view)>;

// A sink that adds to `text`.
inline TextSink AppendTo(std::string* text) {
  return [text](std::string_view part) {
    text->append(part);
    return true;
  };
}

// Hands on text in parts of a good size.
class TextBuffer {
 public:
  explicit TextBuffer(const TextSink& sink) : sink_(sink) {}

  // Text is added here.
  std::string* text() { return &text_; }
  // Hands on what has become large enough; called between lines. False where the sink wants no more.
  bool Flow() { return text_.size() < kChunk || Flush(); }
  bool Flush() {
    if (!text_.empty()) open_ = open_ && sink_(text_);
    text_.clear();
    return open_;
  }

 private:
  static constexpr size_t kChunk = size_t{64} << 10U;

  const TextSink& sink_;
  std::string text_;
  bool open_ = true;
};

}  // namespace pdquant

#endif  // PDQUANT_TEXT_TEXT_SINK_H_
