#include "tool/account/asset_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "outcome_fixture.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(AssetHeader, ListsWhatStandsWithSizesAndHashes) {
  const std::string text = asset_header_text(small_run(), "game::art", AssetBytes::left_in_files);
  std::string hash;
  for (int i = 0; i < 32; ++i)
    hash += "ab";
  EXPECT_THAT(text, HasSubstr("{\"photos/b-64w.webp\", \"photos/b.jpg\", \"webp\", 64u, 48u, 400u, \"" +
                              hash + "\"}"));
  EXPECT_THAT(text, HasSubstr("namespace game::art {"));
  EXPECT_THAT(text, Not(HasSubstr("data;")));
}

TEST(AssetHeader, IsSortedByPathHoweverTheRunWent) {
  RunOutcome run = quiet_run(20, 3);
  const std::string before = asset_header_text(run, "a", AssetBytes::embedded);
  const std::string bytes_before = asset_embedding_text(run);
  std::reverse(run.images.begin(), run.images.end());
  for (ImageOutcome& image : run.images)
    std::reverse(image.outputs.begin(), image.outputs.end());
  EXPECT_EQ(asset_header_text(run, "a", AssetBytes::embedded), before);
  EXPECT_EQ(asset_embedding_text(run), bytes_before);
}

TEST(AssetHeader, LeavesOutWhatFailed) {
  RunOutcome run = quiet_run(1, 2);
  run.images[0].outputs[0].status = OutputStatus::failed;
  EXPECT_THAT(asset_header_text(run, "a", AssetBytes::left_in_files), HasSubstr("std::array<Asset, 1>"));
}

TEST(AssetHeader, NamesWithQuotesAndBytesBeyondAsciiStayOneLiteral) {
  RunOutcome run = quiet_run(1, 1);
  run.images[0].outputs[0].path = "a\"\\\n?\?/1.png";
  const std::string text = asset_header_text(run, "a", AssetBytes::left_in_files);
  EXPECT_THAT(text, HasSubstr("\"a\\042\\134\\012?\\077/1.png\""));
  EXPECT_THAT(asset_embedding_text(run), HasSubstr("\"a\\\\042\\\\134\\\\012?\\\\077/1.png\""));
}

TEST(AssetHeader, EqualBytesAreEmbeddedOnce) {
  RunOutcome run = quiet_run(2, 1);
  for (ImageOutcome& image : run.images)
    image.outputs[0].hash.bytes.fill(0x11);
  EXPECT_EQ(lines_with(asset_embedding_text(run), "\nIMGOPT_EMBED(imgopt_asset_"), 1u);
  EXPECT_EQ(lines_with(asset_header_text(run, "a", AssetBytes::embedded), "extern const unsigned char"), 1u);
}

}  // namespace
}  // namespace imgopt
