// A pair of SOCK_SEQPACKET sockets: one packet is one message, descriptors travel beside it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

inline constexpr std::size_t k_max_packet_descriptors = 4;

struct Packet {
  Bytes bytes;
  std::vector<Descriptor> descriptors;
};

struct SocketPair {
  Descriptor ours;
  Descriptor theirs;
};

// Both ends are closed on exec.
[[nodiscard]] Result<SocketPair> make_packet_sockets();

// Sends one packet with at most k_max_packet_descriptors descriptors, and never waits. Fails with
// worker_crashed where the peer is gone (no SIGPIPE is raised), with limit_exceeded where it lets so many
// packets lie that no more fit.
[[nodiscard]] Result<void> send_packet(int socket, ByteView bytes, std::span<const int> descriptors);

template <typename Message>
[[nodiscard]] Result<void> send_message(int socket, const Message& message,
                                        std::span<const int> descriptors = {}) {
  static_assert(std::is_trivially_copyable_v<Message>);
  return send_packet(socket, {reinterpret_cast<const std::uint8_t*>(&message), sizeof(message)}, descriptors);
}

enum class Wait { yes, no };
// Receives one packet of at most `max_bytes`. nullopt: with Wait::no, nothing is there yet. A closed peer is
// worker_crashed, a packet longer than `max_bytes` or of none corrupt.
[[nodiscard]] Result<std::optional<Packet>> receive_packet(int socket, std::size_t max_bytes, Wait wait);

}  // namespace imgopt
