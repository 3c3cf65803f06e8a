#include "tool/text/path_text.hpp"

#include <gtest/gtest.h>

namespace imgopt {
namespace {

TEST(PathTextTest, APlaceHoldsItselfAndWhatLiesBelow) {
  EXPECT_TRUE(is_or_holds("a/b", "a/b"));
  EXPECT_TRUE(is_or_holds("a/b", "a/b/c"));
  EXPECT_TRUE(is_or_holds("/", "/a"));
  EXPECT_TRUE(is_or_holds("a/", "a/b"));
  EXPECT_FALSE(is_or_holds("a/b", "a/bc"));
  EXPECT_FALSE(is_or_holds("a/b", "a"));
  EXPECT_FALSE(is_or_holds("a/b", "x/a/b"));
}

TEST(PathTextTest, TakesAPathApart) {
  EXPECT_EQ(parent_of("a/b/c.png"), "a/b");
  EXPECT_EQ(parent_of("c.png"), "");
  EXPECT_EQ(leaf_of("a/b/c.png"), "c.png");
  EXPECT_EQ(extension_of("a.b/c"), "");
  EXPECT_EQ(extension_of("a.b/c.tar.gz"), "gz");
}

}  // namespace
}  // namespace imgopt
