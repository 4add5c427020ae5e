#include "support/pir_builder.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace pdquant::testing {
namespace {

using Json = nlohmann::json;

[[noreturn]] void Fail(std::string_view what, std::string_view text) {
  throw std::runtime_error(std::string(what) + ": " + std::string(text));
}

// "1,2" as a list.
std::vector<std::string> SplitAt(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

Json TypeOf(const std::string& text) {
  if (text == "null") return {{"#", "NULL"}};
  const size_t open = text.find_first_of("[(");
  if (open == std::string::npos) Fail("no type", text);
  const std::string inside = text.substr(open + 1, text.size() - open - 2);
  const std::string word = text.substr(0, open);
  if (word == "list") {
    Json items = Json::array();
    size_t begin = 0;
    for (size_t end = inside.find(']'); end != std::string::npos; end = inside.find(']', end + 1)) {
      items.push_back(TypeOf(inside.substr(begin, end + 1 - begin)));
      begin = end + 2;
    }
    return {{"#", "0.t_vec"}, {"D", items}};
  }
  if (word == "array") {
    Json tensor = TypeOf(inside)["D"];
    return {{"#", "1.t_dense_tensor_array"}, {"D", {tensor[0], tensor[1], tensor[2]}}};
  }
  Json dims = Json::array();
  for (const std::string& dim : SplitAt(inside, ',')) dims.push_back(std::stoll(dim));
  return {{"#", "0.t_dtensor"}, {"D", {{{"#", "0.t_" + word}}, dims, "NCHW", Json::array(), 0}}};
}

Json Plain(const std::string& kind, const std::string& text) {
  if (kind == "bool") return text == "true";
  if (kind == "i32" || kind == "i64") return std::stoll(text);
  if (kind == "f32" || kind == "f64") return std::stod(text);
  return text;
}

Json AttrOf(const std::string& kind, const std::string& text) {
  if (kind == "json") return Json::parse(text);
  if (kind == "dtype") return {{"#", "1.a_dtype"}, {"D", text}};
  if (kind == "place") return {{"#", "1.a_place"}, {"D", {1, 0, ""}}};
  Json list = Json::array();
  if (kind == "ints") {
    for (const std::string& item : SplitAt(text, ',')) list.push_back(std::stoll(item));
    return {{"#", "1.a_intarray"}, {"D", list}};
  }
  if (kind == "scalars") {
    for (const std::string& item : SplitAt(text, ','))
      list.push_back({{"#", "1.a_scalar"}, {"D", {"float64", std::stod(item)}}});
    return {{"#", "0.a_array"}, {"D", list}};
  }
  if (kind.ends_with('s')) {
    const std::string one = kind.substr(0, kind.size() - 1);
    for (const std::string& item : SplitAt(text, ',')) list.push_back(AttrOf(one, item));
    return {{"#", "0.a_array"}, {"D", list}};
  }
  return {{"#", "0.a_" + kind}, {"D", Plain(kind, text)}};
}

Json Named(const std::string& name, Json value) { return {{"N", name}, {"AT", std::move(value)}}; }

Json ResultOf(const std::string& word, const char* key) {
  const size_t colon = word.find(':');
  if (!word.starts_with('%') || colon == std::string::npos) Fail("no result", word);
  return {{key, std::stoll(word.substr(1, colon - 1))}, {"TT", TypeOf(word.substr(colon + 1))}};
}

class Builder {
 public:
  std::string Build(std::string_view lines) {
    blocks_.push_back({{"#", "block_0"}, {"args", Json::array()}, {"ops", Json::array()}});
    std::istringstream stream{std::string(lines)};
    for (std::string line; std::getline(stream, line);) {
      if (line.find_first_not_of(' ') != std::string::npos) AddLine(line);
    }
    const Json program = {{"regions", {{{"#", "region_0"}, {"blocks", {blocks_.at(0)}}}}}};
    return Json{{"base_code", {{"magic", "pir"}, {"trainable", true}, {"version", version_}}}, {"program", program}}
        .dump();
  }

 private:
  void AddLine(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words[0] == "version") {
      version_ = std::stoll(words.at(1));
      return;
    }
    if (words[0] == "}") {
      EndBlock();
      if (words.size() > 1) BeginBlock({words.begin() + 2, words.end()});
      return;
    }
    Json op = {{"A", Json::array()}, {"I", Json::array()}, {"O", Json::array()}};
    size_t at = 0;
    while (words[at].starts_with('%')) op["O"].push_back(ResultOf(words[at++], "%"));
    if (words[at] == "=") ++at;
    const std::string name = words[at++];
    op["#"] = name;
    if (name == "p") return AddParameter(op, words, at);
    if (name == "data") return AddInput(op, words[at]);
    if (name == "fetch") return AddOutput(op, words[at], words[at + 1]);
    for (; at < words.size() && words[at] != "|" && words[at] != "{"; ++at) {
      op["I"].push_back({{"%", std::stoll(words[at].substr(1))}});
    }
    const bool has_blocks = at < words.size() && words[at] == "{";
    for (++at; !has_blocks && at < words.size(); ++at) AddAttr(words[at], &op);
    ops().push_back(op);
    if (!has_blocks) return;
    BeginBlock({words.begin() + static_cast<std::ptrdiff_t>(at), words.end()});
  }

  static void AddAttr(const std::string& word, Json* op) {
    const size_t equals = word.find('=');
    const size_t colon = word.find(':', equals);
    if (equals == std::string::npos || colon == std::string::npos) Fail("no attribute", word);
    (*op)["A"].push_back(
        Named(word.substr(0, equals), AttrOf(word.substr(equals + 1, colon - equals - 1), word.substr(colon + 1))));
  }

  void AddParameter(Json op, const std::vector<std::string>& words, size_t at) {
    const bool lost = words.size() > at + 1;
    ops().push_back({{"#", "p"},
                     {"A", {0, 1, 1, words[at]}},
                     {"DA", Json::array()},
                     {"O", op["O"][0]},
                     {"OA", {lost ? 0 : 1, 0, 1}},
                     {"QA", Json::array()}});
  }

  void AddInput(Json op, const std::string& name) {
    const Json type = op["O"][0]["TT"]["D"];
    const std::string element = type[0]["#"];
    const std::string word = element == "0.t_f32" ? "float32" : element == "0.t_i64" ? "int64" : "bool";
    op["#"] = "1.data";
    op["A"] = {Named("name", AttrOf("str", name)), Named("shape", {{"#", "1.a_intarray"}, {"D", type[1]}}),
               Named("dtype", AttrOf("dtype", word)), Named("place", AttrOf("place", ""))};
    ops().push_back(op);
  }

  void AddOutput(Json op, const std::string& column, const std::string& value) {
    op["#"] = "1.fetch";
    op["I"].push_back({{"%", std::stoll(value.substr(1))}});
    op["A"] = {Named("name", AttrOf("str", "fetch_name_" + column)), Named("col", AttrOf("i32", column))};
    ops().push_back(op);
  }

  void BeginBlock(const std::vector<std::string>& arguments) {
    ++count_;
    Json block = {{"#", "block_" + std::to_string(count_)}, {"args", Json::array()}, {"ops", Json::array()}};
    for (const std::string& argument : arguments) block["args"].push_back(ResultOf(argument, "#"));
    blocks_.push_back(block);
  }

  // The block is one of the last op of the block around it.
  void EndBlock() {
    const Json block = blocks_.back();
    blocks_.pop_back();
    ops().back()["regions"].push_back({{"#", "region_" + std::to_string(count_)}, {"blocks", {block}}});
  }

  Json& ops() { return blocks_.back()["ops"]; }

  std::vector<Json> blocks_;
  int count_ = 0;
  int64_t version_ = 4;
};

}  // namespace

std::string BuildPir(std::string_view lines) { return Builder().Build(lines); }

}  // namespace pdquant::testing
