#include "batch/journal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "batch/report.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

ModelRecord Model(const std::string& output, bool done = true) {
  ModelRecord record;
  record.output = output;
  record.input = "in/" + output;
  record.key = "0123";
  record.done = done;
  record.exit_code = done ? 0 : 3;
  record.message = done ? "" : "no";
  record.files = {{output, 7, "abc"}};
  return record;
}

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() : out_(fs::temp_directory_path() / "pdquant_journal_XXXXXX") {
    if (mkdtemp(out_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  }
  ~JournalTest() override { fs::remove_all(out_); }

  std::string Path(const Shard& shard = {}) const { return JournalPath(out_, shard); }
  void Write(const std::string& text, const Shard& shard = {}) const {
    fs::create_directories(out_ + "/.pdquant");
    std::ofstream(Path(shard), std::ios::binary) << text;
  }
  // The outputs of the models in the journal.
  std::vector<std::string> Outputs(JournalFaults* faults) const {
    std::vector<std::string> outputs;
    const auto take = [&](uint64_t, const Record& record) {
      if (const auto* model = std::get_if<ModelRecord>(&record)) outputs.push_back(model->output);
    };
    EXPECT_TRUE(ReadJournal(Path(), false, take, faults).ok());
    return outputs;
  }

  std::string out_;
};

TEST_F(JournalTest, KeepsARecord) {
  const std::string line = EncodeRecord(Model("a\n\"b"));
  const ParsedLine parsed = ParseRecord(line);
  ASSERT_TRUE(parsed.record);
  const auto& model = std::get<ModelRecord>(*parsed.record);
  EXPECT_EQ(model.output, "a\n\"b");
  EXPECT_EQ(model.files, Model("a\n\"b").files);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST_F(JournalTest, KeepsNamesThatAreNoUnicode) {
  const ParsedLine parsed = ParseRecord(EncodeRecord(Model("a\xff.pb")));
  ASSERT_TRUE(parsed.record);
  EXPECT_EQ(std::get<ModelRecord>(*parsed.record).output, "a\xff.pb");
}

TEST_F(JournalTest, KnowsEveryTornLine) {
  const std::string line = EncodeRecord(Model("a"));
  for (size_t length = 0; length < line.size(); ++length) {
    EXPECT_FALSE(ParseRecord(line.substr(0, length)).record) << length;
  }
  for (size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(ParseRecord(changed).record) << i;
  }
}

// All lengths that a killed writer may leave: whole lines count, and what is appended afterwards does.
TEST_F(JournalTest, GoesOnBehindATornLine) {
  std::string whole;
  for (const char* output : {"a", "b", "c"}) whole += EncodeRecord(Model(output)) + "\n";
  for (size_t length = 0; length <= whole.size(); ++length) {
    Write(whole.substr(0, length));
    Journal journal;
    ASSERT_TRUE(journal.Open(out_, {}).ok());
    const Result<uint64_t> place = journal.Append(Model("z"));
    ASSERT_TRUE(place.ok());
    EXPECT_EQ(journal.ReadModel(*place)->output, "z");
    JournalFaults faults;
    const std::vector<std::string> outputs = Outputs(&faults);
    // A line that lacks nothing but its newline is whole again.
    const std::string prefix = whole.substr(0, length);
    const auto lines = static_cast<size_t>(std::count(prefix.begin(), prefix.end(), '\n'));
    EXPECT_GE(outputs.size(), lines + 1) << length;
    EXPECT_EQ(outputs.back(), "z");
    EXPECT_LE(faults.torn, 1U);
  }
}

TEST_F(JournalTest, SkipsForeignLinesAndOtherVersions) {
  std::string future = EncodeRecord(Model("f"));
  future = R"({"pdquant_journal":2,"type":"x")";
  Write("hello\n" + EncodeRecord(Model("a")) + "\n\xff\xfe\n\n" + future + "\n" + EncodeRecord(Model("b")) +
        "\n{\"x\":");
  JournalFaults faults;
  EXPECT_EQ(Outputs(&faults), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(faults.foreign, 2U);
  EXPECT_EQ(faults.torn, 2U);
}

TEST_F(JournalTest, IsLocked) {
  Journal journal;
  ASSERT_TRUE(journal.Open(out_, {}).ok());
  Journal other;
  EXPECT_EQ(other.Open(out_, {}).code(), StatusCode::kTryAgain);
  EXPECT_TRUE(Journal().Open(out_, {1, 2}).ok());
}

TEST_F(JournalTest, HistoryFindsTheLastOfEachJournal) {
  Write(EncodeRecord(Model("a", false)) + "\n" + EncodeRecord(Model("a")) + "\n", {1, 2});
  Journal own;
  ASSERT_TRUE(own.Open(out_, {2, 2}).ok());
  ASSERT_TRUE(own.Append(RunRecord{{2, 2}, 1, "plan", "", {}}).ok());
  ASSERT_TRUE(own.Append(Model("a", false)).ok());
  History history;
  std::vector<JournalFaults> faults;
  ASSERT_TRUE(history.Load(out_, own.path(), &faults).ok());
  const auto found = history.Find("a", "plan");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_FALSE(found[0].record.done);
  EXPECT_TRUE(found[0].place.has_value());
  EXPECT_TRUE(found[1].record.done);
  EXPECT_FALSE(history.Find("a", "another plan")[0].place.has_value());
}

TEST_F(JournalTest, ShardsAreMerged) {
  const auto run = [](uint32_t number, uint64_t jobs) {
    return EncodeRecord(RunRecord{{number, 3}, jobs, "p", "", {}}) + "\n";
  };
  Write(run(1, 2) + EncodeRecord(Model("b")) + "\n" + EncodeRecord(Model("a", false)) + "\n", {1, 3});
  Write(run(2, 2) + EncodeRecord(Model("c")) + "\n", {2, 3});
  ShardReport report;
  ASSERT_TRUE(report.Load(out_, 0).ok());
  EXPECT_EQ(report.shards(), 3U);
  EXPECT_EQ(report.missing(), std::vector<uint32_t>{3});
  EXPECT_EQ(report.incomplete(), std::vector<uint32_t>{2});
  EXPECT_EQ(report.left(), 1U);
  ASSERT_EQ(report.models().size(), 3U);
  EXPECT_EQ(report.Read(report.models()[0])->message, "no");
  Write("", {1, 1});
  EXPECT_EQ(ShardReport().Load(out_, 0).code(), StatusCode::kUsage);
  EXPECT_TRUE(ShardReport().Load(out_, 3).ok());
}

}  // namespace
}  // namespace pdquant
