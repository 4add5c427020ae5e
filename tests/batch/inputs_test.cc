#include "batch/inputs.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "batch/fake_parser.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class InputsTest : public ::testing::Test {
 protected:
  InputsTest() : folder_(fs::temp_directory_path() / "pdquant_inputs_XXXXXX") {
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  }
  ~InputsTest() override { fs::remove_all(folder_); }

  void Touch(const std::string& name, const std::string& text = "x") const {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }
  static std::vector<std::string> Words(const std::string& command) {
    std::istringstream words(command);
    return {std::istream_iterator<std::string>(words), {}};
  }
  // "input=output options" of each job; the inputs without the folder.
  std::vector<std::string> Find(const std::string& input, const std::string& command = "transpile") {
    const Result<Recipe> recipe =
        Recipe::Make(Words(command), command.starts_with("diff") ? "old" : "", testing::FakeParser());
    std::vector<std::string> found;
    InputFinder finder(*recipe, folder_ + "/out", [&](const Job& job) -> Status {
      found.push_back(job.input.substr(folder_.size() + 1) + "=" + job.output);
      for (const std::string& option : job.options) found.back() += " " + option;
      return {};
    });
    status_ = input.starts_with("@") ? finder.FindInList(folder_ + "/" + input.substr(1))
                                     : finder.Find(folder_ + "/" + input);
    return found;
  }

  std::string folder_;
  Status status_;
};

TEST_F(InputsTest, OutputsLieBelowTheFixedPart) {
  for (const char* name : {"m/b/x.pb", "m/a/__model__", "m/a/weights", "m/c.pdmodel", "m/.hidden.pb", "out/y.pb"})
    Touch(name);
  EXPECT_THAT(Find("m"), ElementsAre("m/a/__model__=a/__model__", "m/b/x.pb=b/x.pb", "m/c.pdmodel=c.pdmodel"));
  EXPECT_THAT(Find("m/b/x.pb"), ElementsAre("m/b/x.pb=x.pb"));
  EXPECT_THAT(Find("m/**/*.pb"), ElementsAre("m/b/x.pb=b/x.pb"));
  EXPECT_THAT(Find("m/b", "show"), ElementsAre("m/b/x.pb=x.pb.txt"));
}

TEST_F(InputsTest, LeavesOutTheOutputFolder) {
  Touch("a.pb");
  Touch("out/b.pb");
  EXPECT_THAT(Find("."), ElementsAre("./a.pb=a.pb"));
  EXPECT_THAT(Find("**/*.pb"), ElementsAre("a.pb=a.pb"));
}

TEST_F(InputsTest, FindsModels) {
  for (const char* name : {"m/a/__model__", "m/a/w", "m/p/x.pdmodel", "m/p/x.pdiparams", "m/p/y.pdmodel"}) Touch(name);
  EXPECT_THAT(Find("m", "freeze"), ElementsAre("m/a=a", "m/p/x=p/x", "m/p/y=p/y"));
  EXPECT_THAT(Find("m/a", "freeze"), ElementsAre("m/a=a"));
  EXPECT_THAT(Find("m/*/__model__", "freeze"), ElementsAre("m/a=a"));
  EXPECT_THAT(Find("m", "diff --tensors"), ElementsAre("m/a=a.txt", "m/p/x=p/x.txt", "m/p/y=p/y.txt"));
  EXPECT_THAT(Find("m/p/x", "freeze"), ElementsAre("m/p/x=x"));
  EXPECT_THAT(Find("m/[a-o]", "freeze"), ElementsAre("m/a=a"));
  EXPECT_THAT(Find("**/*.pdmodel", "freeze"), ElementsAre("m/p/x=m/p/x", "m/p/y=m/p/y"));
  Touch("d/resnet.pdmodel/__model__");  // a folder may have such a name
  EXPECT_THAT(Find("d", "freeze"), ElementsAre("d/resnet.pdmodel=resnet.pdmodel"));
}

TEST_F(InputsTest, ReadsLists) {
  Touch("a.pb");
  Touch("list", folder_ + "/a.pb\n\n{\"input\": \"" + folder_ +
                    "/b.pb\", \"output\": \"x/b\", \"options\": [\"--for-test\"]}\r\n");
  EXPECT_THAT(Find("@list"), ElementsAre("a.pb=a.pb", "b.pb=x/b --for-test"));
  EXPECT_TRUE(status_.ok());
  for (const char* line :
       {"{\"input\": 3}", "{}", "{\"inputs\": \"a\"}", "{", "-", "{\"input\":\"a\",\"options\":[\"-o\"]}"}) {
    Touch("bad", std::string("\n") + line + "\n");
    Find("@bad");
    EXPECT_EQ(status_.code(), StatusCode::kUsage) << line;
    EXPECT_THAT(status_.message(), HasSubstr("bad':2: "));
  }
}

TEST_F(InputsTest, SaysWhatIsMissing) {
  fs::create_directories(folder_ + "/empty");
  Find("nothing");
  EXPECT_EQ(status_.code(), StatusCode::kIo);
  Find("empty");
  EXPECT_EQ(status_.code(), StatusCode::kUsage);
  Touch("some/a.pb");
  Touch("some/b.pb");
  Touch("pattern", "{\"input\": \"" + folder_ + "/some/*.pb\", \"options\": [\"--for-test\"]}\n");
  EXPECT_THAT(Find("@pattern"), ElementsAre("some/a.pb=a.pb --for-test", "some/b.pb=b.pb --for-test"));
  Touch("old", folder_ + "/gone.pb\n");  // a list may be: this costs its model, not the batch
  EXPECT_THAT(Find("@old"), ElementsAre("gone.pb=gone.pb"));
  EXPECT_TRUE(status_.ok());
  Find("*.pb");
  EXPECT_EQ(status_.code(), StatusCode::kUsage);
  Touch("models/a/__model__");
  Touch("models/a/weights");
  EXPECT_THAT(Find("models/?", "freeze"), ElementsAre("models/a=a"));
  EXPECT_THAT(Find("models/?", "check"), ElementsAre());  // reads programs alone
  EXPECT_THAT(status_.message(), HasSubstr("models/?/__model__' would"));
}

// Text files as Windows tools write them and others of their kind.
TEST_F(InputsTest, ReadsListsOfOtherSystems) {
  for (const char* name : {"bom.txt", "bom.jsonl", "utf16.txt", "print0.txt"}) {
    fs::copy_file(std::string(PDQUANT_TESTDATA) + "/reports/list-bom/" + name, folder_ + "/" + name);
  }
  const std::string before = fs::current_path();
  for (const char* name : {"one.pb", "two.pb"}) Touch(name);
  fs::current_path(folder_);
  const Recipe recipe = *Recipe::Make(Words("check"), "", testing::FakeParser());
  std::vector<std::string> inputs;
  const auto read = [&](const std::string& list) {
    inputs.clear();
    InputFinder finder(recipe, "out", [&](const Job& job) -> Status {
      inputs.push_back(job.input);
      return {};
    });
    status_ = finder.FindInList(list);
    return inputs;
  };
  EXPECT_THAT(read("bom.txt"), ElementsAre("one.pb", "two.pb"));
  EXPECT_THAT(read("bom.jsonl"), ElementsAre("one.pb"));
  EXPECT_TRUE(status_.ok());
  Touch("only-mark", "\xef\xbb\xbf");
  EXPECT_THAT(read("only-mark"), ElementsAre());
  EXPECT_TRUE(status_.ok());
  Touch("big-endian", std::string("\xfe\xff\0o\0n\0e", 8));
  Touch("without-mark", std::string("o\0n\0e\0\n\0", 8));
  for (const char* list : {"utf16.txt", "big-endian", "without-mark"}) {
    EXPECT_THAT(read(list), ElementsAre());
    EXPECT_EQ(status_.code(), StatusCode::kUsage) << list;
    EXPECT_THAT(status_.message(), HasSubstr("UTF-16; save it as UTF-8"));
  }
  read("print0.txt");
  EXPECT_EQ(status_.code(), StatusCode::kUsage);
  EXPECT_THAT(status_.message(), HasSubstr("'print0.txt':1: names are separated by NUL"));
  fs::current_path(before);
}

// A chain of folders whose path is longer than any path may be costs itself only.
TEST_F(InputsTest, APathMayBeTooLong) {
  Touch("m/a.pb");
  const std::string before = fs::current_path();
  fs::current_path(folder_ + "/m");
  const std::string name(200, 'd');
  for (int i = 0; i < 25; ++i) {
    fs::create_directory(name);
    fs::current_path(name);
  }
  fs::current_path(before);
  const std::vector<std::string> found = Find("m");
  EXPECT_TRUE(status_.ok()) << status_.message();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0], "m/a.pb=a.pb");
  EXPECT_THAT(found[1], HasSubstr("/" + name + "/" + name));
}

TEST_F(InputsTest, FollowsNoLinksToFolders) {
  Touch("m/a.pb");
  fs::create_directory_symlink("..", folder_ + "/m/loop");
  EXPECT_THAT(Find("m"), ElementsAre("m/a.pb=a.pb"));
}

}  // namespace
}  // namespace pdquant
