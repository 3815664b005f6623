// A blocking TCP connection with timeouts, as a ByteSource and a drain, plain or framed, in the clear or under TLS.
//
// Threads: one owner; Shutdown may be called from any thread to wake it. Ownership: closes its descriptor.
#pragma once

#include <memory>
#include <string>

#include "net/tls.h"
#include "wire/bytes.h"
#include "wire/memory_pool.h"

namespace tarn::wire {

class TcpConnection final : public ByteSource, public OutBuffer::Drain {
 public:
  static constexpr size_t kBufferBytes = 16 << 10;
  static Result<std::unique_ptr<TcpConnection>> Connect(const std::string& host, int port, int connect_timeout_ms, int io_timeout_ms);
  explicit TcpConnection(int fd);
  ~TcpConnection() override;

  bool OnBytes(const char* data, size_t n) override;   // all or false
  size_t Offer(const char* data, size_t n, const OutBuffer::GiveUp& give_up, bool* gone) override;
  // Until a piece (kPieceBytes) can be sent without waiting. False: the caller gave up, or *gone: no byte left within the timeout.
  bool AwaitRoom(const OutBuffer::GiveUp& give_up, bool* gone);
  static constexpr size_t kPieceBytes = 16 << 10;
  // True while the peer has neither closed nor sent anything unasked.
  bool Idle() const;
  // Until there are bytes or the peer went, without limit when timeout_ms < 0. False: the time is over.
  bool Wait(int timeout_ms) const;
  // Until there is a byte, however long that takes (the timeout of SetTimeout is for what follows). False: the peer went.
  bool Await();
  void SetTimeout(int timeout_ms);                     // of each send and receive; 0: none
  void StartTls(std::unique_ptr<net::TlsSession> session) { tls_ = std::move(session); }
  bool tls() const { return tls_ != nullptr; }
  void Shutdown();
  // Ends it so that the peer reads our last bytes: what it still sends is thrown away for a moment, or they would be lost in a reset.
  void CloseGently();
  int fd() const { return fd_; }
  uint64_t bytes_in() const { return bytes_in_; }

 protected:
  bool Fill(size_t n) override;

 private:
  int fd_;
  std::unique_ptr<net::TlsSession> tls_;
  std::unique_ptr<uint8_t[]> buffer_;
  size_t capacity_ = kBufferBytes;
  int timeout_ms_ = 0;
  bool timed_out_ = false;
  uint64_t bytes_in_ = 0;
};

// Reads the frames of `under` as one stream; a frame longer than the limit is refused.
class FramedSource final : public ByteSource {
 public:
  static constexpr size_t kKeepBytes = 64 << 10;   // of a frame's memory, between frames
  FramedSource(ByteSource& under, uint64_t frame_bytes_max, MemoryPool* pool = nullptr) : under_(under), frame_bytes_max_(frame_bytes_max), share_(pool) {}
  // The message is read: what its frame holds beyond it is nobody's.
  void EndFrame();

 protected:
  bool Fill(size_t n) override;

 private:
  ByteSource& under_;
  uint64_t frame_bytes_max_;
  std::string frame_;
  MemoryShare share_;
};

}  // namespace tarn::wire
