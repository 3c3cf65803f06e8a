#include "tool/workers/encoder_fingerprint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class EncoderFingerprintTest : public testing::Test {
protected:
  EncoderFingerprintTest() {
    std::filesystem::create_symlink(IMGOPT_FAKE_WORKER, worker);
    scratch.write("worker.salt", "");
  }

  std::string script(const std::string& text) const {
    scratch.write("script", "#!/bin/sh\n" + text + "\n");
    EXPECT_EQ(::chmod(scratch.path("script").c_str(), 0755), 0);
    return scratch.path("script");
  }

  // What a state made from an answer remembers.
  std::optional<EncoderFingerprints> remembered(const EncoderFingerprints& answer,
                                                const std::string& asked_of) const {
    StateBuilder builder({});
    for (const LoadedObject& object : answer.objects)
      builder.add_object(object.stat, object.path);
    for (const ImageFormat format : k_all_formats) {
      StateEncoder encoder;
      encoder.format = static_cast<std::uint32_t>(format);
      encoder.fingerprint = answer.of_format(format).fingerprint;
      encoder.decoder_fingerprint = answer.of_format(format).decoder_fingerprint;
      encoder.abilities = answer.of_format(format).abilities;
      builder.add_encoder(encoder, answer.of_format(format).description);
    }
    const Bytes bytes = builder.bytes();
    return remembered_fingerprints(BuildState::open(bytes).value(), asked_of);
  }

  ScratchFolder scratch;
  std::string worker = scratch.path("worker");
};

TEST_F(EncoderFingerprintTest, TakesTheWorkersAnswer) {
  const EncoderFingerprints found = ask_fingerprints(worker).value();
  EXPECT_EQ(found.of_format(ImageFormat::webp).fingerprint.hex(), std::string(32, '3'));
  EXPECT_EQ(found.of_format(ImageFormat::webp).description, "fake");
  EXPECT_TRUE(found.of_format(ImageFormat::webp).can(EncoderAbility::saves));
  EXPECT_FALSE(found.of_format(ImageFormat::jxl).can(EncoderAbility::loads));
  EXPECT_THAT(found.objects, SizeIs(2));
}

TEST_F(EncoderFingerprintTest, IsRememberedWhileNoObjectChanged) {
  const EncoderFingerprints answer = ask_fingerprints(worker).value();
  const auto found = remembered(answer, worker);
  ASSERT_TRUE(found);
  for (const ImageFormat format : k_all_formats) {
    EXPECT_EQ(found->of_format(format).fingerprint, answer.of_format(format).fingerprint);
    EXPECT_EQ(found->of_format(format).decoder_fingerprint, answer.of_format(format).decoder_fingerprint);
    EXPECT_EQ(found->of_format(format).abilities, answer.of_format(format).abilities);
    EXPECT_EQ(found->of_format(format).description, answer.of_format(format).description);
  }
}

TEST_F(EncoderFingerprintTest, IsForgottenWithAnObjectsChangeOrAnotherWorker) {
  const EncoderFingerprints answer = ask_fingerprints(worker).value();
  EXPECT_FALSE(remembered(answer, scratch.path("another")));
  EXPECT_FALSE(remembered(EncoderFingerprints(), worker));
  scratch.write("worker.salt", "webp");
  EXPECT_FALSE(remembered(answer, worker));
  scratch.remove("worker.salt");
  EXPECT_FALSE(remembered(answer, worker));
}

struct Nonsense {
  std::string name;
  std::string script;
};

class NonsenseTest : public EncoderFingerprintTest, public testing::WithParamInterface<Nonsense> {};

TEST_P(NonsenseTest, IsAnErrorThatNamesTheWorker) {
  const auto found = ask_fingerprints(script(GetParam().script));
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr(scratch.path("script")));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, NonsenseTest,
    testing::Values(
        Nonsense{"Nothing", "true"}, Nonsense{"Text", "echo hello"}, Nonsense{"Failure", "exit 3"},
        Nonsense{"Death", "kill -SEGV $$"}, Nonsense{"Endless", "while :; do echo endless endless; done"},
        Nonsense{"NoFormats", "echo '{\"objects\": []}'"},
        Nonsense{"WrongType", "echo '{\"formats\": 3, \"objects\": []}'"},
        Nonsense{"UnknownFormat",
                 "echo '{\"formats\": {\"bmp\": {\"digest\": \"00000000000000000000000000000000\", "
                 "\"decode_digest\": \"00000000000000000000000000000000\", \"description\": \"\", "
                 "\"loads\": true, \"saves\": true}}, \"objects\": []}'"},
        Nonsense{"ShortDigest",
                 "echo '{\"formats\": {\"png\": {\"digest\": \"00\", \"decode_digest\": \"00\", "
                 "\"description\": \"\", \"loads\": true, \"saves\": true}}, \"objects\": []}'"},
        Nonsense{"DigestOfNoHex",
                 "echo '{\"formats\": {\"png\": {\"digest\": \"zz000000000000000000000000000000\", "
                 "\"decode_digest\": \"00000000000000000000000000000000\", \"description\": \"\", \"loads\": "
                 "true, "
                 "\"saves\": true}}, \"objects\": []}'"}),
    [](const auto& test) { return test.param.name; });

TEST_F(EncoderFingerprintTest, SaysWhatIsWrongWithADigest) {
  const std::string worker_with_short_digest = script(
      "echo '{\"formats\": {\"png\": {\"digest\": \"00\", \"decode_digest\": \"00\", \"description\": "
      "\"\", \"loads\": true, \"saves\": true}}, \"objects\": []}'");
  EXPECT_EQ(ask_fingerprints(worker_with_short_digest).error().message,
            worker_with_short_digest + ": cannot read its fingerprint: a digest that is none");
}

TEST_F(EncoderFingerprintTest, SaysThatTheWorkerIsNotThere) {
  EXPECT_FALSE(ask_fingerprints(scratch.path("gone")));
}

TEST_F(EncoderFingerprintTest, FindsTheWorkerThatTheEnvironmentNames) {
  ASSERT_EQ(::setenv("IMGOPT_WORKER", worker.c_str(), 1), 0);
  EXPECT_EQ(find_worker().value(), worker);
  ASSERT_EQ(::setenv("IMGOPT_WORKER", scratch.path("worker.salt").c_str(), 1), 0);
  const auto refused = find_worker();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("IMGOPT_WORKER"));
}

}  // namespace
}  // namespace imgopt
