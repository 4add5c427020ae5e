// Parameter files and folders: rows T1, T2, T7 to T9, T15 and F10 of the faults.
#include "model/parameter_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "files/io_testing.h"
#include "model/parameter_testing.h"
#include "model/record_check.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Variables = std::vector<ParameterVariable>;

// What is wrong with a combined file; empty for nothing.
std::string Why(const std::string& bytes, const Variables& variables) {
  Findings findings;
  const Result<std::vector<Parameter>> parameters = CheckCombined(MemorySource(bytes), variables, &findings);
  EXPECT_EQ(parameters.ok(), !findings.has_errors());
  if (!parameters.ok()) {
    EXPECT_EQ(parameters.status().code(), StatusCode::kBadInput);
  }
  return Lines(findings, Level::kError);
}

const Variables kTwo = {Float("aa", {2, 3}), Variable("b", proto::VarType::INT64, {2})};

std::string TwoRecords() {
  RecordParts parts;
  parts.description = Description(proto::VarType::INT64, {2});
  parts.data = std::string(16, 'b');
  return FloatRecord({2, 3}, std::string(24, 'a')) + parts.Encode();
}

TEST(CombinedTest, EveryPrefixIsRefused) {
  const std::string whole = TwoRecords();
  ASSERT_EQ(Why(whole, kTwo), "");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(Why(whole.substr(0, size), kTwo), ::testing::ContainsRegex("^(aa|b): needs [0-9]+ bytes at 0x"));
  }
  EXPECT_EQ(Why(whole.substr(0, 49), kTwo), "aa: needs 24 bytes at 0x1a, 23 are left\n");
  EXPECT_EQ(Why(whole.substr(0, 50), kTwo),
            "b: needs 4 bytes at 0x32, 0 are left: the file ends after 1 of 2 parameters\n");
}

TEST(CombinedTest, TrailingBytes) {
  EXPECT_EQ(Why(TwoRecords() + "x", kTwo), "1 byte after the last tensor, 'b', at 0x5a\n");
  EXPECT_EQ(Why(TwoRecords() + FloatRecord({1}, "1234"), kTwo),
            "28 bytes after the last tensor, 'b', at 0x5a; the file has more than the 2 parameters of the program\n");
  EXPECT_EQ(Why("", {}), "");
  EXPECT_THAT(Why("PK\x03\x04 and so on", {}), HasSubstr("the file looks like a zip archive"));
  EXPECT_THAT(Why("version https://git-lfs.github.com/spec/v1\n", kTwo), HasSubstr("git lfs pull"));
}

TEST(CombinedTest, OtherTypesThanTheProgramSays) {
  const std::string whole = TwoRecords();
  const auto why = [&](const ParameterVariable& first) { return Why(whole, {first, kTwo[1]}); };
  EXPECT_EQ(why(Float("aa", {-1, 3})), "");
  EXPECT_EQ(why(Float("aa", {-1, -1})), "");
  EXPECT_EQ(why({"aa", std::nullopt}), "");
  EXPECT_EQ(why(Float("aa", {3, 2})), "aa: the parameter file has FP32 [2, 3] at 0x0, the program says FP32 [3, 2]\n");
  for (const std::vector<int64_t>& dims : {std::vector<int64_t>{-7, 3}, {6}, {}, {2, 3, 1}, {2, 0}, {-1}}) {
    EXPECT_THAT(why(Float("aa", dims)), HasSubstr("the program says")) << dims.size();
  }
  EXPECT_THAT(why(Variable("aa", proto::VarType::INT32, {2, 3})), HasSubstr("the program says INT32 [2, 3]"));
  // All of them are told.
  EXPECT_EQ(Why(whole, {Float("aa", {1}), Float("b", {1})}),
            "aa: the parameter file has FP32 [2, 3] at 0x0, the program says FP32 [1]\n"
            "b: the parameter file has INT64 [2] at 0x32, the program says FP32 [1]\n");
}

TEST(ParameterListTest, IsSortedByBytes) {
  Variables variables;
  for (const char* name : {"a@GRAD", "a.b", "A", "a/b", "\xC3\xA4", "a", "a\xff", "Z", "aa"}) {
    variables.push_back(Float(name, {1}));
  }
  Findings findings;
  std::vector<std::string> names;
  for (const ParameterVariable& variable : ListParameters(Load(ProgramWith(variables)), &findings)) {
    names.push_back(variable.name);
  }
  EXPECT_THAT(names, ElementsAre("A", "Z", "a", "a.b", "a/b", "a@GRAD", "aa", "a\xff", "\xC3\xA4"));
}

// Each variable holds the number that says which one it is.
TEST(ParameterListTest, HasPaddlesOrder) {
  const Program program = Load(ReadFile(PDQUANT_TESTDATA "/params/order.program.pb"));
  Findings findings;
  const Variables variables = ListParameters(program, &findings);
  const auto reader = ParameterReader::Open({ParameterPlace::Kind::kCombined, PDQUANT_TESTDATA "/params/order.params"},
                                            variables, &findings);
  ASSERT_TRUE(reader.ok()) << Lines(findings, Level::kError);
  const std::vector<std::string> numbered = {"a@GRAD", "a.b", "A", "a/b", "\xC3\xA4", "a", "b", "a_0", "aa", "Z"};
  for (size_t i = 0; i < numbered.size(); ++i) {
    const std::optional<size_t> position = (*reader)->Find(numbered[i]);
    ASSERT_TRUE(position) << numbered[i];
    std::string expected;
    for (size_t k = 0; k <= i; ++k) expected += Number(static_cast<float>(i));
    EXPECT_EQ(DataOf(reader->get(), *position), expected) << numbered[i];
  }
}

TEST(ParameterListTest, Kinds) {
  proto::ProgramDesc program = ParseMessage(ProgramWith({Float("w", {1}), Float("v", {2})}));
  int i = 0;
  for (const auto kind : {proto::VarType::FEED_MINIBATCH, proto::VarType::FETCH_LIST, proto::VarType::RAW,
                          proto::VarType::READER, proto::VarType::FEED_LIST}) {
    proto::VarDesc* var = program.mutable_blocks(0)->add_vars();
    var->set_name("x" + std::to_string(i++));
    var->set_persistable(true);
    var->mutable_type()->set_type(kind);
  }
  program.mutable_blocks(0)->mutable_vars(1)->set_persistable(false);
  // A block inside has parameters, too; a name counts once.
  proto::BlockDesc* block = program.add_blocks();
  block->set_idx(1);
  block->set_parent_idx(0);
  *block->add_vars() = program.blocks(0).vars(0);
  *block->add_vars() = program.blocks(0).vars(0);
  block->mutable_vars(1)->set_name("inner");
  Findings findings;
  EXPECT_EQ(ListParameters(Load(program), &findings).size(), 2U);
  EXPECT_FALSE(findings.has_errors());
  program.mutable_blocks(0)->mutable_vars(0)->mutable_type()->set_type(proto::VarType::VOCAB);
  ListParameters(Load(program), &findings);
  EXPECT_EQ(Lines(findings, Level::kError),
            "w: is persistable and a VOCAB: only dense tensors are read from parameter files\n");
}

class FolderTest : public ::testing::Test {
 protected:
  // Opens the folder "in"; what went wrong is in `findings_`.
  Result<std::unique_ptr<ParameterReader>> Open(const Variables& variables) {
    findings_ = Findings();
    return ParameterReader::Open({ParameterPlace::Kind::kSeparate, folder_ / "in"}, variables, &findings_);
  }
  std::string Errors(const Variables& variables) {
    const Result<std::unique_ptr<ParameterReader>> reader = Open(variables);
    if (reader.ok()) return "";
    EXPECT_EQ(reader.status().code(), StatusCode::kBadInput) << reader.status().message();
    return Lines(findings_, Level::kError);
  }
  void Put(const std::string& name) { WriteFile(folder_ / name, FloatRecord({1}, "1234")); }
  static Variables Names(const std::vector<std::string>& names) {
    Variables variables;
    for (const std::string& name : names) variables.push_back(Float(name, {1}));
    return variables;
  }
  FolderTest() {
    fs::create_directories(folder_ / "in/sub/deep");
    fs::create_directories(folder_ / "in_evil");
    for (const char* name : {"in/a", "in/sub/b", "in/sub/deep/c", "out", "in_evil/w"}) Put(name);
  }

  TemporaryFolder folder_;
  Findings findings_;
};

TEST_F(FolderTest, Reads) {
  const Result<std::unique_ptr<ParameterReader>> reader = Open(Names({"a", "sub/b", "sub/deep/c"}));
  ASSERT_TRUE(reader.ok()) << Lines(findings_, Level::kError);
  EXPECT_EQ(findings_.all().size(), 0U);
  EXPECT_EQ((*reader)->Find("sub/b"), 1U);
  EXPECT_FALSE((*reader)->Find("sub"));
  for (const size_t i : {2U, 0U, 1U, 1U}) EXPECT_EQ(DataOf(reader->get(), i), "1234");
  EXPECT_EQ(DataOf(reader->get(), 1, true), FloatRecord({1}, "1234"));
}

TEST_F(FolderTest, FilesThatAreMissingOrNotAsked) {
  EXPECT_EQ(Errors(Names({"a", "none", "sub/none"})),
            "none: has no file in the folder\nsub/none: has no file in the folder\n");
  EXPECT_THAT(Errors(Names({"no", "none"})), HasSubstr("say with --params where they are"));
  EXPECT_THAT(Errors(Names({"sub"})), HasSubstr("no regular file"));
  mkfifo((folder_ / "in/fifo").c_str(), 0600);
  EXPECT_THAT(Errors(Names({"fifo"})), HasSubstr("no regular file"));
  const auto reader = Open(Names({"a"}));
  ASSERT_TRUE(reader.ok());
  EXPECT_THAT((*reader)->ListIgnored("", 10), ElementsAre("fifo", "sub/b", "sub/deep/c"));
  EXPECT_THAT((*reader)->ListIgnored("fifo", 10), ElementsAre("sub/b", "sub/deep/c"));
  EXPECT_EQ((*reader)->ListIgnored("", 2).size(), 2U);
  EXPECT_EQ(ParameterReader::Open({ParameterPlace::Kind::kSeparate, folder_ / "none"}, {}, &findings_).status().code(),
            StatusCode::kIo);
}

TEST_F(FolderTest, DamagedFiles) {
  WriteFile(folder_ / "in/short", FloatRecord({1}, "123"));
  WriteFile(folder_ / "in/long", FloatRecord({1}, "12345"));
  WriteFile(folder_ / "in/empty", "");
  WriteFile(folder_ / "in/other", FloatRecord({2}, "12345678"));
  EXPECT_EQ(Errors(Names({"a", "empty", "long", "other", "short"})),
            "empty: needs 4 bytes at 0x0, 0 are left\n"
            "long: 1 byte after the last tensor at 0x1c\n"
            "other: the parameter file has FP32 [2] at 0x0, the program says FP32 [1]\n"
            "short: needs 4 bytes at 0x18, 3 are left\n");
}

TEST_F(FolderTest, NamesCannotLeadOut) {
  for (const std::string name :
       {"../out", "sub/../../out", "sub/../a", "/etc/passwd", ".", "..", "sub//b", "a/", "", "../in_evil/w", "./a"}) {
    EXPECT_THAT(Errors(Names({name})), HasSubstr("leads out of the folder, or has an empty part")) << name;
  }
  EXPECT_THAT(Errors(Names({std::string("a\0b", 3)})), HasSubstr("leads out"));
  EXPECT_THAT(Errors(Names({std::string(256, 'x')})), HasSubstr("too long"));
  EXPECT_THAT(Errors(Names({std::string(5000, 'x')})), HasSubstr("too long"));
  EXPECT_THAT(Errors(Names({"a/b"})), HasSubstr("has no file"));
}

TEST_F(FolderTest, LinksCannotLeadOut) {
  fs::create_symlink("../out", folder_ / "in/link");
  fs::create_symlink("a", folder_ / "in/inner");
  fs::create_symlink("..", folder_ / "in/up");
  fs::create_symlink("nowhere", folder_ / "in/broken");
  EXPECT_THAT(Errors(Names({"link"})), HasSubstr("symbolic link"));
  EXPECT_THAT(Errors(Names({"inner"})), HasSubstr("symbolic link"));
  EXPECT_THAT(Errors(Names({"up/out"})), HasSubstr("symbolic link"));
  EXPECT_THAT(Errors(Names({"broken"})), HasSubstr("symbolic link"));
  // The folder itself may be reached through one.
  fs::create_symlink("in", folder_ / "way");
  EXPECT_TRUE(ParameterReader::Open({ParameterPlace::Kind::kSeparate, folder_ / "way"}, Names({"a"}), &findings_).ok());
}

TEST_F(FolderTest, HardLinksAreReadWithAWarning) {
  fs::create_hard_link(folder_ / "out", folder_ / "in/x");
  fs::create_hard_link(folder_ / "out", folder_ / "in/y");
  ASSERT_TRUE(Open(Names({"a", "x", "y"})).ok());
  EXPECT_EQ(findings_.count(Level::kWarning), 2U);
  EXPECT_THAT(Lines(findings_, Level::kWarning), HasSubstr("x: its file has more than one name"));
}

// A link is exchanged for a file and back: what is read is always the file.
TEST_F(FolderTest, NothingLeadsOutInARace) {
  WriteFile(folder_ / "out", FloatRecord({1}, "evil"));
  fs::create_symlink("../out", folder_ / "in/link");
  std::atomic<bool> stop = false;
  std::thread racer([&] {
    while (!stop) {
      syscall(SYS_renameat2, AT_FDCWD, (folder_ / "in/a").c_str(), AT_FDCWD, (folder_ / "in/link").c_str(), 2);
    }
  });
  int read = 0;
  for (int i = 0; i < (kSanitized ? 2000 : 30000); ++i) {
    const auto reader = Open(Names({"a"}));
    if (!reader.ok()) continue;
    const std::string data = DataOf(reader->get(), 0);
    ASSERT_TRUE(data == "1234" || data.find("changed while") != std::string::npos ||
                data.find("can't open") != std::string::npos)
        << data;
    ++read;
  }
  stop = true;
  racer.join();
  EXPECT_GT(read, 0);
}

TEST_F(FolderTest, AFileThatChanges) {
  const auto reader = Open(Names({"a", "sub/b"}));
  ASSERT_TRUE(reader.ok());
  WriteFile(folder_ / "in/a", FloatRecord({1}, "5678"));
  EXPECT_THAT(DataOf(reader->get(), 0), HasSubstr("changed while it was read"));
  EXPECT_EQ(DataOf(reader->get(), 1), "1234");
  fs::remove(folder_ / "in/a");
  EXPECT_THAT(DataOf(reader->get(), 0), HasSubstr("can't open"));
}

TEST(CombinedFileTest, IsARegularFile) {
  const TemporaryFolder folder;
  Findings findings;
  const auto open = [&](const std::string& path, const Variables& variables) {
    return ParameterReader::Open({ParameterPlace::Kind::kCombined, path}, variables, &findings).status();
  };
  mkfifo((folder / "fifo").c_str(), 0600);
  EXPECT_EQ(open(folder / "fifo", kTwo).code(), StatusCode::kBadInput);
  EXPECT_THAT(open(folder / "fifo", kTwo).message(), HasSubstr("no regular file"));
  EXPECT_EQ(open(folder.path(), kTwo).code(), StatusCode::kBadInput);
  EXPECT_EQ(open("/dev/zero", kTwo).code(), StatusCode::kBadInput);
  EXPECT_EQ(open(folder / "none", kTwo).code(), StatusCode::kIo);
  EXPECT_TRUE(open(folder / "none", {}).ok());
  WriteFile(folder / "empty", "");
  EXPECT_TRUE(open(folder / "empty", {}).ok());
}

TEST(CombinedFileTest, IsCutWhileItIsRead) {
  const TemporaryFolder folder;
  WriteFile(folder / "params", TwoRecords());
  Findings findings;
  const auto reader = ParameterReader::Open({ParameterPlace::Kind::kCombined, folder / "params"}, kTwo, &findings);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(DataOf(reader->get(), 0), std::string(24, 'a'));
  ASSERT_EQ(truncate((folder / "params").c_str(), 60), 0);
  EXPECT_THAT(DataOf(reader->get(), 1), HasSubstr("changed while it was read"));
  EXPECT_THAT(DataOf(reader->get(), 0), HasSubstr("changed while it was read"));
}

// 3 GiB with holes: only chunks of them are ever in memory.
TEST(CombinedFileTest, IsNeverHeldWhole) {
  const TemporaryFolder folder;
  const int64_t rows = (int64_t{3} << 30U) / 4;
  std::string head = FloatRecord({rows}, "");
  WriteFile(folder / "params", head);
  ASSERT_EQ(truncate((folder / "params").c_str(), static_cast<off_t>(head.size()) + 4 * rows), 0);
  Findings findings;
  const auto reader =
      ParameterReader::Open({ParameterPlace::Kind::kCombined, folder / "params"}, {Float("w", {rows})}, &findings);
  ASSERT_TRUE(reader.ok()) << Lines(findings, Level::kError);
  rusage before = {};
  getrusage(RUSAGE_SELF, &before);
  uint64_t bytes = 0;
  const Status status = (*reader)->ReadData(0, [&](std::string_view chunk) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(chunk.data()) % 64, 0U);
    bytes += chunk.size();
    return bytes < (uint64_t{1} << 28U) ? Status() : IoError("enough");
  });
  EXPECT_EQ(status.message(), "enough");
  rusage after = {};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 10 << 10);
}

}  // namespace
}  // namespace pdquant::testing
