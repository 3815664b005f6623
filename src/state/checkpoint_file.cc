#include "state/checkpoint_file.h"

#include <fmt/format.h>

#include "state/bytes.h"
#include "state/durable_file.h"

namespace tarn::state {
namespace {
constexpr char kMagic[8] = {'T', 'A', 'R', 'N', 'C', 'H', 'K', '\n'};
enum class Section : uint8_t { kJob = 1, kVertex = 2, kPiece = 3, kSplit = 4, kWriter = 5, kCommitter = 6, kOperator = 7, kEnd = 255 };
constexpr uint8_t kSavepointFlag = 1, kFinalFlag = 2;

class SectionWriter {
 public:
  explicit SectionWriter(DurableFile& file) : file_(file) {}
  // head, then tail, form the payload; the tail may be large and is not copied.
  Status Put(Section kind, std::string_view head, std::string_view tail = {}) {
    ByteWriter h;
    h.Put(kind).Put(static_cast<uint64_t>(head.size() + tail.size()));
    uint32_t crc = Crc32c(Crc32c(Crc32c(0, h.bytes()), head), tail);
    TRY(file_.Append(h.bytes()));
    TRY(file_.Append(head));
    if (!tail.empty()) TRY(file_.Append(tail));
    ++count_;
    return file_.Append(ByteWriter().Put(crc).Take());
  }
  uint64_t count() const { return count_; }

 private:
  DurableFile& file_;
  uint64_t count_ = 0;
};

std::string Place(std::string_view uid, int subtask) {
  return ByteWriter().PutString(uid).Put(static_cast<int32_t>(subtask)).Take();
}
}  // namespace

Result<int64_t> WriteCheckpoint(const std::string& folder, const Checkpoint& c) {
  TRY(MakeFolders(folder));
  DurableFile file(folder + "/_metadata");
  TRY(file.Open());
  TRY(file.Append(std::string_view(kMagic, sizeof kMagic)));
  TRY(file.Append(ByteWriter().Put(kCheckpointVersion).Take()));
  SectionWriter out(file);
  uint8_t flags = static_cast<uint8_t>((c.savepoint ? kSavepointFlag : 0) | (c.final ? kFinalFlag : 0));
  TRY(out.Put(Section::kJob, ByteWriter().PutString(c.job_id).PutString(c.job_name).Put(c.id).Put(c.time_ms).Put(flags).Take()));
  for (const VertexState& v : c.vertices) {
    ByteWriter w;
    w.PutString(v.uid).PutString(v.name).Put(static_cast<int32_t>(v.parallelism));
    w.PutString(std::string_view(reinterpret_cast<const char*>(v.finished.data()), v.finished.size()));
    TRY(out.Put(Section::kVertex, w.bytes()));
  }
  for (const OperatorState& o : c.operators) {
    if (o.pieces.empty()) TRY(out.Put(Section::kOperator, Place(o.uid, o.subtask)));
    for (const Piece& p : o.pieces) {
      ByteWriter w;
      w.PutString(o.uid).Put(static_cast<int32_t>(o.subtask)).PutString(p.name).Put(static_cast<int32_t>(p.version));
      w.Put(static_cast<int32_t>(p.key_group));
      TRY(out.Put(Section::kPiece, w.bytes(), p.bytes));
    }
  }
  for (const SplitPosition& s : c.splits)
    TRY(out.Put(Section::kSplit, ByteWriter().PutString(s.uid).Put(static_cast<int32_t>(s.subtask)).PutString(s.split_id).Take(), s.bytes));
  for (const WriterState& s : c.writers) TRY(out.Put(Section::kWriter, Place(s.uid, s.subtask), s.bytes));
  for (const CommitterState& s : c.committers) TRY(out.Put(Section::kCommitter, ByteWriter().PutString(s.uid).Take(), s.bytes));
  TRY(out.Put(Section::kEnd, ByteWriter().Put(out.count()).Take()));
  TRY(file.Publish());
  return file.size();
}

namespace {
Status ReadSection(Section kind, std::string_view payload, Checkpoint& c) {
  ByteReader r(payload);
  auto rest = [&] { return std::string(payload.substr(payload.size() - r.left())); };
  switch (kind) {
    case Section::kJob: {
      c.job_id = r.GetString();
      c.job_name = r.GetString();
      c.id = r.Get<int64_t>();
      c.time_ms = r.Get<int64_t>();
      auto flags = r.Get<uint8_t>();
      c.savepoint = flags & kSavepointFlag;
      c.final = flags & kFinalFlag;
      break;
    }
    case Section::kVertex: {
      VertexState v;
      v.uid = r.GetString();
      v.name = r.GetString();
      v.parallelism = r.Get<int32_t>();
      std::string_view f = r.GetString();
      v.finished.assign(f.begin(), f.end());
      c.vertices.push_back(std::move(v));
      break;
    }
    case Section::kOperator:
    case Section::kPiece: {
      std::string uid(r.GetString());
      int subtask = r.Get<int32_t>();
      if (c.operators.empty() || c.operators.back().uid != uid || c.operators.back().subtask != subtask)
        c.operators.push_back({uid, subtask, {}});
      if (kind == Section::kOperator) break;
      Piece p;
      p.name = r.GetString();
      p.version = r.Get<int32_t>();
      p.key_group = r.Get<int32_t>();
      p.bytes = rest();
      c.operators.back().pieces.push_back(std::move(p));
      break;
    }
    case Section::kSplit: {
      SplitPosition s;
      s.uid = r.GetString();
      s.subtask = r.Get<int32_t>();
      s.split_id = r.GetString();
      s.bytes = rest();
      c.splits.push_back(std::move(s));
      break;
    }
    case Section::kWriter: {
      WriterState s;
      s.uid = r.GetString();
      s.subtask = r.Get<int32_t>();
      s.bytes = rest();
      c.writers.push_back(std::move(s));
      break;
    }
    case Section::kCommitter: {
      CommitterState s;
      s.uid = r.GetString();
      s.bytes = rest();
      c.committers.push_back(std::move(s));
      break;
    }
    case Section::kEnd: break;
    default: return Status::Corrupt(fmt::format("unknown section {}", static_cast<int>(kind)));
  }
  return r.bad() ? Status::Corrupt("a section is shorter than its fields") : Status::OK();
}
}  // namespace

Result<Checkpoint> ReadCheckpoint(const std::string& folder) {
  std::string path = folder.ends_with("/_metadata") ? folder : folder + "/_metadata";
  std::string bytes = TRY(ReadWholeFile(path));
  auto corrupt = [&](size_t offset, std::string_view why) {
    return Status::Corrupt(fmt::format("checkpoint {} is corrupt at byte {}: {}", path, offset, why));
  };
  std::string_view in(bytes);
  constexpr size_t kHead = sizeof kMagic + 4;
  if (in.size() < kHead || in.substr(0, sizeof kMagic) != std::string_view(kMagic, sizeof kMagic))
    return corrupt(0, "it does not start as a checkpoint of tarn does");
  uint32_t version = ByteReader(in.substr(sizeof kMagic)).Get<uint32_t>();
  if (version > kCheckpointVersion)
    return Status::NotSupported(fmt::format("checkpoint {} has format version {}, this program reads up to {}", path, version, kCheckpointVersion));
  if (version == 0) return corrupt(sizeof kMagic, "version 0");
  Checkpoint c;
  uint64_t sections = 0;
  for (size_t at = kHead; at < in.size();) {
    constexpr size_t kSectionHead = 9;
    if (in.size() - at < kSectionHead + 4) return corrupt(at, "it ends within a section");
    ByteReader r(in.substr(at));
    auto kind = r.Get<Section>();
    auto length = r.Get<uint64_t>();
    if (length > in.size() - at - kSectionHead - 4) return corrupt(at, "it ends within a section");
    std::string_view whole = in.substr(at, kSectionHead + length);
    uint32_t want = ByteReader(in.substr(at + whole.size())).Get<uint32_t>();
    if (Crc32c(0, whole) != want) return corrupt(at, "checksum differs");
    std::string_view payload = whole.substr(kSectionHead);
    if (kind == Section::kEnd) {
      if (ByteReader(payload).Get<uint64_t>() != sections) return corrupt(at, "sections are missing");
      if (at + whole.size() + 4 != in.size()) return corrupt(at, "bytes after the end");
      return c;
    }
    if (Status s = ReadSection(kind, payload, c); !s.ok()) return corrupt(at, s.message());
    ++sections;
    at += whole.size() + 4;
  }
  return corrupt(in.size(), "the end section is missing");
}

}  // namespace tarn::state
