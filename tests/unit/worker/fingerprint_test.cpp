#include "worker/fingerprint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/child_process.hpp"
#include "worker/loaded_objects.hpp"

namespace imgopt::test {
namespace {

nlohmann::json fingerprint() {
  ChildSetup setup;
  setup.program = IMGOPT_WORKER_PATH;
  setup.arguments = {"--fingerprint"};
  const auto output = run_program(setup, 1 << 20);
  return nlohmann::json::parse(output.value().standard_output);
}

TEST(FingerprintVersions, AreThoseOfReleases) {
  const nlohmann::json json = fingerprint();
  for (const char* library : {"libdeflate", "libjpeg", "libwebp"}) {
    ASSERT_TRUE(json["versions"].contains(library)) << library;
    const std::string version = json["versions"][library];
    EXPECT_EQ(std::count(version.begin(), version.end(), '.'), library == std::string("libdeflate") ? 1 : 2)
        << version;
  }
  // Sonames of the same: 0, 62.3.0, 7.1.5.
  EXPECT_TRUE(json["versions"]["libjpeg"].get<std::string>().starts_with("2.") ||
              json["versions"]["libjpeg"].get<std::string>().starts_with("3."));
}

TEST(FingerprintTest, NamesEveryFormatAndIsTheSameTwice) {
  const nlohmann::json first = fingerprint();
  EXPECT_EQ(first, fingerprint());
  EXPECT_EQ(first["protocol"], 1);
  for (const char* name : {"png", "jpeg", "webp", "avif", "jxl", "gif", "tiff"}) {
    const auto& format = first["formats"][name];
    EXPECT_EQ(format["digest"].get<std::string>().size(), 32u) << name;
    EXPECT_EQ(format["decode_digest"].get<std::string>().size(), 32u) << name;
    EXPECT_TRUE(format["loads"].is_boolean() && format["saves"].is_boolean()) << name;
  }
  EXPECT_NE(first["formats"]["png"]["digest"], first["formats"]["jpeg"]["digest"]);
}

TEST(FingerprintTest, ListsObjectsThatExistWithTheWorkerFirst) {
  const nlohmann::json json = fingerprint();
  EXPECT_TRUE(std::filesystem::equivalent(json["objects"][0].get<std::string>(), IMGOPT_WORKER_PATH));
  EXPECT_GT(json["objects"].size(), 10u);
  for (const auto& path : json["objects"])
    EXPECT_TRUE(std::filesystem::exists(path.get<std::string>())) << path;
  EXPECT_TRUE(json["versions"].contains("libvips"));
}

TEST(LoadedObjectsTest, FindsBuildIdsOfSystemLibraries) {
  bool found_libvips = false;
  for (const LoadedObject& object : loaded_objects())
    if (object.library == "libvips") {
      found_libvips = true;
      EXPECT_GE(object.build_id.size(), 16u);
      EXPECT_FALSE(object.version.empty());
    }
  EXPECT_TRUE(found_libvips);
}

}  // namespace
}  // namespace imgopt::test
