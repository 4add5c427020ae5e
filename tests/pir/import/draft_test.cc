#include "pir/import/draft.h"

#include <gtest/gtest.h>

namespace pdquant::testing {
namespace {

// Counting goes on where it ended for that name, past what has taken a number already.
TEST(PirDraft, ManyOfOneNameAreNumbered) {
  pir::Draft draft;
  EXPECT_EQ(draft.Reserve("y"), "y");
  EXPECT_EQ(draft.Reserve("y_2"), "y_2");
  EXPECT_EQ(draft.Reserve("y"), "y_1");
  EXPECT_EQ(draft.Reserve("y"), "y_3");
  EXPECT_EQ(draft.Reserve("y_2"), "y_2_1");
  // Counting from 1 each time would take minutes.
  for (int i = 4; i <= 50000; ++i) ASSERT_EQ(draft.Reserve("y"), "y_" + std::to_string(i));
}

}  // namespace
}  // namespace pdquant::testing
