#include "tool/account/asset_manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "outcome_fixture.hpp"

namespace imgopt {
namespace {

using nlohmann::json;

TEST(AssetManifest, MapsASourceToItsOutputs) {
  const json manifest = json::parse(asset_manifest_json(small_run()));
  EXPECT_EQ(manifest.at("schema"), 1);
  const json& image = manifest.at("images").at("photos/b.jpg");
  EXPECT_EQ(image.at("bytes"), 1000);
  const json expected = {
      {"path", "photos/b-64w.webp"}, {"format", "webp"}, {"width", 64}, {"height", 48}, {"bytes", 400},
      {"hash", std::string(64, 'x')}};
  json output = image.at("outputs")[0];
  std::string hash;
  for (int i = 0; i < 32; ++i)
    hash += "ab";
  EXPECT_EQ(output["hash"], hash);
  output["hash"] = std::string(64, 'x');
  EXPECT_EQ(output, expected);
}

TEST(AssetManifest, ListsNothingThatDoesNotStand) {
  RunOutcome run = small_run();
  run.images[0].outputs[0].status = OutputStatus::would_encode;
  const json images = json::parse(asset_manifest_json(run)).at("images");
  EXPECT_EQ(images.size(), 1U);
  EXPECT_EQ(images.at("photos/b.jpg").at("outputs").size(), 1U);
}

TEST(AssetManifest, OrderOfTheRunDoesNotShow) {
  RunOutcome run = quiet_run(20, 3);
  const std::string before = asset_manifest_json(run);
  std::reverse(run.images.begin(), run.images.end());
  for (ImageOutcome& image : run.images)
    std::reverse(image.outputs.begin(), image.outputs.end());
  EXPECT_EQ(asset_manifest_json(run), before);
}

TEST(AssetManifest, WhatARunDidAndTookDoesNotShow) {
  RunOutcome run = quiet_run(3, 2);
  const std::string before = asset_manifest_json(run);
  for (ImageOutcome& image : run.images)
    for (OutputOutcome& output : image.outputs) {
      output.status = OutputStatus::encoded;
      output.cpu_us = 5;
    }
  run.summary.wall_ms = 99;
  EXPECT_EQ(asset_manifest_json(run), before);
}

TEST(AssetManifest, SourcesAreSortedByBytes) {
  RunOutcome run = quiet_run(3, 1);
  run.images[0].source = "b";
  run.images[1].source = "B";
  run.images[2].source = "\xC3\xA9";
  const std::string text = asset_manifest_json(run);
  EXPECT_LT(text.find("\"B\""), text.find("\"b\""));
  EXPECT_LT(text.find("\"b\""), text.find("\"\xC3\xA9\""));
}

TEST(AssetManifest, NamesThatAreNoUnicodeStayApart) {
  RunOutcome run = quiet_run(2, 1);
  run.images[0].source = "a\xFF.png";
  run.images[1].source = "a\xFE.png";
  EXPECT_EQ(json::parse(asset_manifest_json(run)).at("images").size(), 2U);
}

TEST(AssetManifest, SourcesOfOneNameShareAnEntry) {
  RunOutcome run = quiet_run(2, 1);
  run.images[1].source = run.images[0].source;
  const json images = json::parse(asset_manifest_json(run)).at("images");
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images.begin()->at("outputs").size(), 2U);
}

}  // namespace
}  // namespace imgopt
