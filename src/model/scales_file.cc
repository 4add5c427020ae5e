#include "model/scales_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>
#include <utility>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "files/input.h"

namespace pdquant {
namespace {

constexpr int64_t kScalesVersion = 1;
constexpr uint32_t kTop = UINT32_MAX;

// A member of an object.
struct Member {
  enum class Kind : uint8_t { kNumber, kList, kText, kObject, kOther };
  uint32_t object = kTop;  // the member that holds the object; kTop for the outermost
  std::string key;
  Kind kind = Kind::kOther;
  double number = 0;  // of a number, and the first of a list
  size_t count = 0;   // of the numbers of a list, those of the lists inside it included
  std::string text;   // of a text, and what another value is called in messages
};

// The events of nlohmann's parser, which keeps its own stack: nothing recurses.
class Events : public nlohmann::json_sax<nlohmann::json> {
 public:
  const std::string& why() const { return why_; }
  size_t error_position() const { return error_position_; }
  std::string_view last_key() const { return key_; }
  std::vector<Member> TakeMembers() { return std::move(members_); }

  bool null() override { return Add(Member::Kind::kOther, "null"); }
  bool boolean(bool value) override { return Add(Member::Kind::kOther, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return AddNumber(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return AddNumber(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return AddNumber(value); }
  bool string(string_t& text) override { return Add(Member::Kind::kText, text); }
  bool binary(binary_t& /*bytes*/) override { return Stop("holds binary data"); }  // of no JSON text
  bool key(string_t& text) override {
    key_ = text;
    return true;
  }
  bool start_object(size_t /*count*/) override {
    if (lists_ != 0) return Stop("has an object inside a list");
    if (objects_.size() == kMostObjects) return Stop("is nested too deep for scales");
    if (!objects_.empty() && !Add(Member::Kind::kObject, "an object")) return false;
    objects_.push_back(objects_.empty() ? kTop : static_cast<uint32_t>(members_.size() - 1));
    return true;
  }
  bool end_object() override {
    objects_.pop_back();
    return true;
  }
  bool start_array(size_t /*count*/) override {
    if (objects_.empty()) return Stop("is a list");
    if (lists_ == kMostLists) return Stop("is nested too deep for scales");
    if (lists_ == 0 && !Add(Member::Kind::kList, "a list")) return false;
    ++lists_;
    return true;
  }
  bool end_array() override {
    --lists_;
    return true;
  }
  bool parse_error(size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) override {
    error_position_ = position;
    out_of_range_ = dynamic_cast<const nlohmann::detail::out_of_range*>(&error) != nullptr;
    const std::string_view what = error.what();
    is_cut_off_ = what.find("unexpected end of input") != std::string_view::npos ||
                  what.find("missing closing quote") != std::string_view::npos;
    return false;
  }
  bool out_of_range() const { return out_of_range_; }
  bool is_cut_off() const { return is_cut_off_; }

 private:
  // A document, its scales, and the members of one.
  static constexpr size_t kMostObjects = 3;
  static constexpr size_t kMostLists = 8;  // as many as a tensor has dimensions

  bool Stop(std::string why) {
    why_ = std::move(why);
    return false;
  }
  bool Add(Member::Kind kind, std::string text) {
    if (objects_.empty()) return Stop("is a plain value");
    if (lists_ != 0) return Stop("has " + std::string("something that is no number in the list of ") + Quote(key_));
    if (members_.size() == std::numeric_limits<uint32_t>::max() - 1)
      return Stop("has more values than can be numbered");
    members_.push_back({objects_.back(), key_, kind, 0, 0, std::move(text)});
    return true;
  }
  bool AddNumber(double value) {
    if (lists_ == 0) {
      if (!Add(Member::Kind::kNumber, "a number")) return false;
      members_.back().number = value;
      return true;
    }
    if (members_.back().count++ == 0) members_.back().number = value;
    return true;
  }

  std::vector<Member> members_;
  std::vector<uint32_t> objects_;  // that are open
  size_t lists_ = 0;               // that are open
  std::string key_;
  std::string why_;
  size_t error_position_ = 0;
  bool out_of_range_ = false;
  bool is_cut_off_ = false;
};

std::string NotJson(std::string_view text, const Events& events) {
  if (!events.why().empty()) return events.why();
  const size_t position = std::min(events.error_position(), text.size());
  const std::string_view rest = text.substr(position == 0 ? 0 : position - 1);
  // What Python's json module writes in spite of the standard.
  for (const std::string_view word : {"NaN", "Infinity"}) {
    if (rest.starts_with(word))
      return "the scale of " + Quote(events.last_key()) + " is " + std::string(word) +
             ": a threshold is a number above 0 (byte " + std::to_string(position - 1) + ")";
  }
  if (events.out_of_range())
    return "the scale of " + Quote(events.last_key()) + " is too large for a number (byte " + std::to_string(position) +
           ")";
  if (events.is_cut_off()) return "the JSON is cut off at byte " + std::to_string(position);
  return "it is no JSON at byte " + std::to_string(position == 0 ? 0 : position - 1);
}

// The key that an object has twice; null where none has.
const Member* FindTwice(const std::vector<Member>& members) {
  const auto key_of = [](const Member& m) { return std::tie(m.object, m.key); };
  std::vector<uint32_t> order(members.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return key_of(members[a]) < key_of(members[b]); });
  const auto twice = std::adjacent_find(
      order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key_of(members[a]) == key_of(members[b]); });
  return twice == order.end() ? nullptr : &members[*twice];
}

const Member* Find(std::span<const Member> members, uint32_t object, std::string_view key) {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.object == object && m.key == key; });
  return found == members.end() ? nullptr : &*found;
}

// What is wrong with a threshold; empty where nothing is.
std::string WhyNot(const std::string& name, double value) {
  const std::string is = "the scale of " + Quote(name) + " is " + ShortestText(value) + ": ";
  if (!(value >= 0)) return is + "a threshold is a number above 0";
  const auto threshold = static_cast<float>(value);
  if (!std::isfinite(threshold) || (threshold == 0) != (value == 0)) return is + "no float32 can hold it";
  return "";
}

}  // namespace

Result<ScalesFile> ScalesFile::Parse(const std::string& path, std::string_view text) {
  const auto fail = [&](const std::string& why) {
    return BadInput(NameOfInput(path) + ": no scales: " + why +
                    "; a scales file is JSON, {\"variable\": threshold, …}, or what pdquant read writes");
  };
  Events events;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &events)) return fail(NotJson(text, events));
  std::vector<Member> members = events.TakeMembers();
  if (const Member* twice = FindTwice(members)) return fail("it has " + Quote(twice->key) + " twice");
  uint32_t object = kTop;
  if (const Member* schema = pdquant::Find(members, kTop, "schema");
      schema != nullptr && schema->kind == Member::Kind::kText) {
    if (schema->text != kScalesSchema) return fail("it is a document of the schema " + Quote(schema->text));
    const Member* version = pdquant::Find(members, kTop, "version");
    if (version == nullptr || version->kind != Member::Kind::kNumber || version->number != kScalesVersion)
      return fail("its version isn't " + std::to_string(kScalesVersion));
    const Member* scales = pdquant::Find(members, kTop, "scales");
    if (scales == nullptr || scales->kind != Member::Kind::kObject) return fail("it has no object 'scales'");
    object = static_cast<uint32_t>(scales - members.data());
  }
  // The threshold of an object of Paddle's stands in a member of it.
  std::vector<const Member*> inside(members.size());
  for (const Member& member : members) {
    if (member.object != kTop && member.key == "scale") inside[member.object] = &member;
  }
  ScalesFile file;
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].object != object) continue;
    const Member& entry = members[i];
    const Member* value = entry.kind == Member::Kind::kObject ? inside[i] : &entry;
    if (value == nullptr) return fail("the object " + Quote(entry.key) + " has no 'scale'");
    if (value->kind == Member::Kind::kList && value->count != 1) {
      ++file.left_out_;
      continue;
    }
    if (value->kind != Member::Kind::kNumber && value->kind != Member::Kind::kList)
      return fail("the scale of " + Quote(entry.key) + " is " +
                  (value->kind == Member::Kind::kText ? Quote(value->text) : value->text) + ", and has to be a number");
    if (const std::string why = WhyNot(entry.key, value->number); !why.empty()) return fail(why);
    file.entries_.push_back({entry.key, static_cast<float>(value->number)});
  }
  std::sort(file.entries_.begin(), file.entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return file;
}

Result<ScalesFile> ScalesFile::Read(const std::string& path) {
  const Result<Bytes> bytes = ReadInput(path, kMaxBytes, "");
  if (!bytes.ok()) return bytes.status();
  return Parse(path, bytes->view());
}

std::optional<float> ScalesFile::Find(std::string_view name) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), name,
                                      [](const Entry& entry, std::string_view n) { return entry.name < n; });
  return found == entries_.end() || found->name != name ? std::nullopt : std::optional(found->threshold);
}

}  // namespace pdquant
