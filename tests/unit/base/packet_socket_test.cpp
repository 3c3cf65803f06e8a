#include "base/packet_socket.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/mapped_memory.hpp"
#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

class PacketSocketTest : public testing::Test {
protected:
  SocketPair sockets = make_packet_sockets().value();
};

TEST_F(PacketSocketTest, KeepsPacketsApartAndInOrder) {
  ASSERT_TRUE(send_packet(sockets.ours.get(), view("one"), {}));
  ASSERT_TRUE(send_packet(sockets.ours.get(), view("second"), {}));
  EXPECT_EQ(text_of(receive_packet(sockets.theirs.get(), 64, Wait::yes).value()->bytes), "one");
  EXPECT_EQ(text_of(receive_packet(sockets.theirs.get(), 6, Wait::yes).value()->bytes), "second");
}

TEST_F(PacketSocketTest, GivesNothingWhereNothingIsThere) {
  EXPECT_FALSE(receive_packet(sockets.theirs.get(), 64, Wait::no).value());
}

TEST_F(PacketSocketTest, DescriptorsTravelInOrder) {
  std::vector<Descriptor> files;
  std::vector<int> sent;
  for (const char* text : {"a", "b", "c", "d"}) {
    files.push_back(create_memory_file("imgopt-test").value());
    ASSERT_TRUE(write_descriptor(files.back().get(), view(text), text));
    sent.push_back(files.back().get());
  }
  ASSERT_EQ(sent.size(), k_max_packet_descriptors);
  ASSERT_TRUE(send_packet(sockets.ours.get(), view("four"), sent));
  files.clear();
  const Packet packet = *receive_packet(sockets.theirs.get(), 64, Wait::yes).value();
  ASSERT_EQ(packet.descriptors.size(), sent.size());
  std::string read;
  for (const Descriptor& file : packet.descriptors)
    read += text_of(read_descriptor(file.get(), "memory", 10).value());
  EXPECT_EQ(read, "abcd");
}

TEST_F(PacketSocketTest, MessagesAreTheirStructsBytes) {
  struct Message {
    std::uint32_t kind = 3;
    std::uint32_t value = 5;
  };
  ASSERT_TRUE(send_message(sockets.ours.get(), Message{}));
  const Packet packet = *receive_packet(sockets.theirs.get(), 64, Wait::yes).value();
  EXPECT_EQ(packet.bytes.size(), sizeof(Message));
  EXPECT_EQ(packet.bytes[4], 5);
}

TEST_F(PacketSocketTest, AClosedPeerIsADeadWorkerBothWays) {
  sockets.theirs.reset();
  const auto received = receive_packet(sockets.ours.get(), 64, Wait::no);
  EXPECT_EQ(received.error().code, ErrorCode::worker_crashed);
  EXPECT_EQ(received.error().message, "worker socket: closed by the other side");
  EXPECT_EQ(send_packet(sockets.ours.get(), view("x"), {}).error().code, ErrorCode::worker_crashed);
}

TEST_F(PacketSocketTest, AnEmptyPacketIsNoEnd) {
  ASSERT_TRUE(send_packet(sockets.theirs.get(), {}, {}));
  const auto received = receive_packet(sockets.ours.get(), 64, Wait::no);
  EXPECT_EQ(received.error().code, ErrorCode::corrupt);
  EXPECT_EQ(received.error().message, "worker socket: an empty packet");
}

TEST_F(PacketSocketTest, APeerThatReadsNothingMakesNobodyWait) {
  Result<void> sent;
  for (int i = 0; sent && i < 1'000'000; ++i)
    sent = send_packet(sockets.ours.get(), view("more"), {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(sent.error().message, "worker socket: the other side reads nothing");
}

TEST_F(PacketSocketTest, WhatWasSentBeforeTheEndStillArrives) {
  ASSERT_TRUE(send_packet(sockets.theirs.get(), view("last"), {}));
  sockets.theirs.reset();
  EXPECT_EQ(text_of(receive_packet(sockets.ours.get(), 64, Wait::no).value()->bytes), "last");
  EXPECT_FALSE(receive_packet(sockets.ours.get(), 64, Wait::no));
}

TEST_F(PacketSocketTest, ATooLongPacketIsCorruptAndLeaksNoDescriptor) {
  const Descriptor file = create_memory_file("imgopt-test").value();
  const int descriptor = file.get();
  const std::size_t before = open_descriptors();
  ASSERT_TRUE(send_packet(sockets.ours.get(), view("too long"), {&descriptor, 1}));
  const auto received = receive_packet(sockets.theirs.get(), 4, Wait::yes);
  EXPECT_EQ(received.error().code, ErrorCode::corrupt);
  EXPECT_EQ(received.error().message, "worker socket: a packet is longer than any message");
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace imgopt
