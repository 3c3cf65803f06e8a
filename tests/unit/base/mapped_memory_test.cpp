#include "base/mapped_memory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

TEST(MappedMemory, SharesWhatOneSideWrites) {
  const Descriptor memory = create_shared_memory("imgopt-test", 4096).value();
  const MappedRegion ours = MappedRegion::map(memory.get(), 4096, Access::read_write, "memory").value();
  const MappedRegion theirs = MappedRegion::map(memory.get(), 4096, Access::read_only, "memory").value();
  ASSERT_EQ(theirs.bytes().size(), 4096u);
  EXPECT_EQ(theirs.bytes()[4095], 0);
  ours.writable_bytes()[4095] = 42;
  EXPECT_EQ(theirs.bytes()[4095], 42);
}

TEST(MappedMemory, SharedMemoryKeepsItsSizeWhoeverHoldsIt) {
  const Descriptor memory = create_shared_memory("imgopt-test", 4096).value();
  EXPECT_NE(::ftruncate(memory.get(), 0), 0);
  EXPECT_NE(::ftruncate(memory.get(), 8192), 0);
  EXPECT_FALSE(is_sealed_against_changes(memory.get()));
}

TEST(MappedMemory, HeldMemoryIsWhatWasWritten) {
  const Descriptor memory = create_memory_file("imgopt-test").value();
  ASSERT_EQ(::ftruncate(memory.get(), 1 << 20), 0);
  EXPECT_EQ(held_memory(memory.get()), 0u);
  ASSERT_TRUE(write_descriptor(memory.get(), view("written"), "memory"));
  EXPECT_GT(held_memory(memory.get()), 0u);
  EXPECT_LT(held_memory(memory.get()), 1u << 20);
  EXPECT_EQ(held_memory(-1), 0u);
}

TEST(MappedMemory, SealedMemoryNeverChangesAgain) {
  const Descriptor memory = create_memory_file("imgopt-test").value();
  ASSERT_TRUE(write_descriptor(memory.get(), view("sealed"), "memory"));
  EXPECT_FALSE(is_sealed_against_changes(memory.get()));
  ASSERT_TRUE(seal_against_changes(memory.get()));
  EXPECT_TRUE(is_sealed_against_changes(memory.get()));
  EXPECT_FALSE(write_descriptor(memory.get(), view("more"), "memory"));
  EXPECT_NE(::pwrite(memory.get(), "X", 1, 0), 1);
  EXPECT_NE(::ftruncate(memory.get(), 0), 0);
  EXPECT_FALSE(MappedRegion::map(memory.get(), 6, Access::read_write, "memory"));
  EXPECT_EQ(text_of(MappedRegion::map(memory.get(), 6, Access::read_only, "memory").value().bytes()),
            "sealed");
}

TEST(MappedMemory, CannotBeSealedWhileSomebodyMayWriteIt) {
  const Descriptor memory = create_memory_file("imgopt-test").value();
  ASSERT_EQ(::ftruncate(memory.get(), 4096), 0);
  {
    const MappedRegion writable = MappedRegion::map(memory.get(), 4096, Access::read_write, "memory").value();
    EXPECT_FALSE(seal_against_changes(memory.get()));
    EXPECT_FALSE(is_sealed_against_changes(memory.get()));
  }
  EXPECT_TRUE(seal_against_changes(memory.get()));
}

TEST(MappedMemory, RefusesAFileShorterThanTheMapping) {
  const ScratchFolder folder;
  folder.write("a", "12345");
  folder.write("empty", "");
  const Descriptor file = open_for_reading(folder.path("a")).value();
  const auto beyond = MappedRegion::map(file.get(), 6, Access::read_only, "a");
  EXPECT_EQ(beyond.error().code, ErrorCode::corrupt);
  EXPECT_EQ(beyond.error().message, "a: cannot map: it is shorter than expected");
  EXPECT_EQ(MappedRegion::map(file.get(), 0, Access::read_only, "a").error().code, ErrorCode::corrupt);
  const Descriptor empty = open_for_reading(folder.path("empty")).value();
  EXPECT_EQ(MappedRegion::map(empty.get(), 1, Access::read_only, "a").error().code, ErrorCode::corrupt);
}

TEST(MappedMemory, OutlivesItsDescriptorWhateverTheHint) {
  const ScratchFolder folder;
  folder.write("a", "12345");
  for (const AccessHint hint : {AccessHint::normal, AccessHint::sequential, AccessHint::random}) {
    Descriptor file = open_for_reading(folder.path("a")).value();
    const MappedRegion region = MappedRegion::map(file.get(), 5, Access::read_only, "a", hint).value();
    file.reset();
    EXPECT_EQ(text_of(region.bytes()), "12345");
  }
}

TEST(MappedMemory, AnOrdinaryFileCountsAsChangeable) {
  const ScratchFolder folder;
  folder.write("a", "x");
  EXPECT_FALSE(is_sealed_against_changes(open_for_reading(folder.path("a")).value().get()));
  EXPECT_FALSE(is_sealed_against_changes(-1));
}

}  // namespace
}  // namespace imgopt
