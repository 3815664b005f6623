#include "app/bench_cases.h"

#include <map>

#include "app/bench_memory.h"
#include "expr/expr.h"
#include "types/arrow_types.h"

namespace tarn::app {
namespace {

using expr::AggregateKind;
using plan::Node;
using plan::NodePtr;
using types::ChangelogMode;
using types::LogicalType;

NodePtr MakeNode(decltype(Node::op) op, std::vector<NodePtr> inputs, RowType type, ChangelogMode mode, int parallelism) {
  auto n = std::make_shared<Node>();
  n->op = std::move(op);
  n->inputs = std::move(inputs);
  n->row_type = std::move(type);
  n->changelog = mode;
  n->parallelism = parallelism;
  return n;
}

NodePtr ScanOf(std::shared_ptr<const table::Source> source, const RowType& type, int time_column, int parallelism) {
  plan::Scan scan;
  scan.source = std::move(source);
  scan.name = "memory";
  if (time_column >= 0) {
    scan.rowtime = time_column;
    scan.watermark = expr::MakeInputRef(time_column, type.types[static_cast<size_t>(time_column)]);
  }
  return MakeNode(std::move(scan), {}, type, ChangelogMode::InsertOnly(), parallelism);
}
NodePtr ScanOf(const std::shared_ptr<MemoryRows>& rows, int64_t total, int parallelism = 1) {
  return ScanOf(MakeMemorySource(rows, total), rows->type, rows->time_column, parallelism);
}

NodePtr HashOf(NodePtr input, std::vector<int> keys) {
  const RowType type = input->row_type;
  const ChangelogMode mode = input->changelog;
  const int parallelism = input->parallelism;
  return MakeNode(plan::Exchange{plan::Exchange::Kind::kHash, std::move(keys)}, {std::move(input)}, type, mode, parallelism);
}

NodePtr SinkOf(NodePtr input, int sum_column, Sum sum) {
  plan::Sink s;
  s.sink = MakeSummingSink(sum_column, std::move(sum));
  s.name = "sum";
  const RowType type = input->row_type;
  const ChangelogMode mode = input->changelog;
  const int parallelism = input->parallelism;
  return MakeNode(std::move(s), {std::move(input)}, type, mode, parallelism);
}

RowType GroupType(const LogicalType& key) {
  RowType out;
  out.Add("k", key);
  out.Add("n", LogicalType::BigInt().NotNull());
  out.Add("s", LogicalType::BigInt());
  return out;
}
std::vector<expr::AggregateCall> CountAndSum() {
  return {{AggregateKind::kCountStar, {}, false, -1, LogicalType::BigInt().NotNull(), "n"},
          {AggregateKind::kSum, {1}, false, -1, LogicalType::BigInt(), "s"}};
}

NodePtr GroupPlan(const std::shared_ptr<MemoryRows>& rows, int64_t total, bool streaming, bool mini_batch, std::vector<expr::AggregateCall> calls, Sum sum) {
  plan::GroupAggregate g;
  g.keys = {0};
  g.aggregates = std::move(calls);
  g.mini_batch = mini_batch;
  g.mini_batch_size = 50'000;
  g.mini_batch_latency_ms = 2'000;
  const ChangelogMode mode = streaming ? ChangelogMode::All() : ChangelogMode::InsertOnly();
  return SinkOf(MakeNode(std::move(g), {HashOf(ScanOf(rows, total), {0})}, GroupType(rows->type.types[0]), mode, 1), 1, std::move(sum));
}

// WATERMARK FOR ts AS ts - INTERVAL '0.001' SECOND: many rows share a millisecond, and none of them may be late.
Result<NodePtr> WindowPlan(const table::Registry& registry, const std::shared_ptr<MemoryRows>& rows, int64_t total, plan::WindowSpec::Kind kind, int64_t size_ms, int64_t step_ms, Sum sum) {
  plan::Scan scan = std::get<plan::Scan>(ScanOf(rows, total)->op);
  const LogicalType interval = LogicalType::IntervalDayTime().NotNull();
  const expr::ExprPtr one = expr::MakeLiteral(std::make_shared<arrow::DurationScalar>(1, types::ToArrow(interval)), interval);
  scan.watermark = TRY(registry.functions().MakeCall("-", {scan.watermark, one}));
  plan::WindowAggregate w;
  w.window.kind = kind;
  w.window.time_column = 2;
  w.window.size_ms = size_ms;
  w.window.step_ms = step_ms;
  w.keys = {0};
  w.aggregates = CountAndSum();
  w.properties = {plan::WindowAggregate::Property::kStart, plan::WindowAggregate::Property::kEnd};
  RowType out = GroupType(rows->type.types[0]);
  out.Add("window_start", LogicalType::Timestamp(3));
  out.Add("window_end", LogicalType::Timestamp(3));
  NodePtr input = MakeNode(std::move(scan), {}, rows->type, ChangelogMode::InsertOnly(), 1);
  return SinkOf(MakeNode(std::move(w), {HashOf(std::move(input), {0})}, std::move(out), ChangelogMode::InsertOnly(), 1), 1, std::move(sum));
}

NodePtr LastRowPlan(const std::shared_ptr<MemoryRows>& rows, int64_t total, Sum sum) {
  plan::Rank r;
  r.partition = {0};
  r.order = {{2, true, false}};
  return SinkOf(MakeNode(std::move(r), {HashOf(ScanOf(rows, total), {0})}, rows->type, ChangelogMode::All(), 1), -1, std::move(sum));
}

// WHERE a < 500000 (half of the rows), then a, b, c, d; computed: a + b, b * 2, c - a, d * 2.
Result<NodePtr> FilterAndProject(NodePtr scan, const table::Registry& registry, bool computed, Sum sum) {
  const expr::FunctionRegistry& f = registry.functions();
  const RowType type = scan->row_type;
  auto column = [&](int i) { return expr::MakeInputRef(i, type.types[static_cast<size_t>(i)]); };
  auto number = [](int64_t v) { return expr::MakeLiteral(std::make_shared<arrow::Int64Scalar>(v), LogicalType::BigInt().NotNull()); };
  plan::Calc calc;
  calc.filter = TRY(f.MakeCall("<", {column(0), number(500'000)}));
  if (computed) {
    calc.projection = {TRY(f.MakeCall("+", {column(0), column(1)})), TRY(f.MakeCall("*", {column(1), number(2)})),
                       TRY(f.MakeCall("-", {column(2), column(0)})), TRY(f.MakeCall("*", {column(3), column(3)}))};
  } else {
    for (int i = 0; i < 4; ++i) calc.projection.push_back(column(i));
  }
  RowType out;
  for (size_t i = 0; i < 4; ++i) out.Add(std::string(1, static_cast<char>('w' + i)), calc.projection[i]->type);
  return SinkOf(MakeNode(std::move(calc), {std::move(scan)}, std::move(out), ChangelogMode::InsertOnly(), 1), -1, std::move(sum));
}

// Writes the rows once as one Parquet file, with the format's defaults; returns its path.
Result<std::string> ParquetFile(const BenchSetting& setting, const MemoryRows& rows) {
  const std::string path = setting.directory + "/numbers.parquet";
  auto format = TRY(TRY(setting.registry->FindFormat("parquet"))->Create({}, "UTC"));
  auto file = TRY(format->CreateFile(path, rows.type));
  for (const Batch& b : rows.batches) TRY(file->Write(b));
  TRY(file->Finish());
  return path;
}

// JSON lines of four fields: {"k":123,"v":45,"x":0.678,"s":"text-42"}.
std::string JsonLines(int64_t rows) {
  std::string text;
  uint64_t r = 88172645463325252ull;
  for (int64_t i = 0; i < rows; ++i) {
    r ^= r << 13;
    r ^= r >> 7;
    r ^= r << 17;
    text += fmt::format("{{\"id\":{},\"key\":{},\"price\":{}.{:02},\"name\":\"customer-{:06}\"}}\n", 1'000'000'000 + i, r % 1000, r % 977, r % 100, r % 1'000'000);
  }
  return text;
}

Status DecodeJson(const BenchSetting& setting, int64_t rows) {
  static constexpr int64_t kChunkRows = 100'000;
  static const std::string text = JsonLines(kChunkRows);
  RowType type;
  type.Add("id", LogicalType::BigInt());
  type.Add("key", LogicalType::Int());
  type.Add("price", LogicalType::Double());
  type.Add("name", LogicalType::String());
  auto format = TRY(TRY(setting.registry->FindFormat("json"))->Create({}, "UTC"));
  auto decoder = TRY(format->CreateDecoder(type));
  int64_t decoded = 0;
  while (decoded < rows) {
    for (size_t at = 0; at < text.size() && decoded < rows;) {
      size_t bad = 0;
      at += TRY(decoder->DecodeText(std::string_view(text).substr(at), true, setting.batch_rows, &bad));
      decoded += TRY(decoder->Finish()).num_rows();
    }
  }
  return Status::OK();
}

}  // namespace

std::vector<BenchCase> EngineCases(BenchSetting setting) {
  // Tables are made when a case first wants them, and kept: making them is not measured.
  auto tables = std::make_shared<std::map<std::string, std::shared_ptr<MemoryRows>>>();
  auto keyed = [tables, setting](int64_t keys, KeyedShape shape) {
    auto& t = (*tables)[std::to_string(keys) + "/" + std::to_string(static_cast<int>(shape))];
    if (!t) t = MakeKeyedRows(4'000'000, keys, setting.batch_rows, shape);
    return t;
  };
  auto numbers = [tables, setting] {
    auto& t = (*tables)["numbers"];
    if (!t) t = MakeNumberRows(4'000'000, setting.batch_rows);
    return t;
  };
  const auto all = [](int64_t rows) { return rows; };
  const std::string kv = "k BIGINT, v BIGINT", group = "SELECT k, count(*), sum(v) FROM t GROUP BY k";
  using Shape = KeyedShape;
  using Kind = plan::WindowSpec::Kind;
  std::vector<BenchCase> cases;
  auto group_case = [&](std::string name, double bar, int64_t rows, int64_t keys, bool streaming, bool mini_batch) {
    cases.push_back({std::move(name), kv + ", " + std::to_string(keys) + " keys", bar, rows, streaming,
                     [=](int64_t n, Sum s) -> Result<NodePtr> { return GroupPlan(keyed(keys, Shape::kPlain), n, streaming, mini_batch, CountAndSum(), s); },
                     {}, streaming ? "" : group, keys, all});
  };
  cases.push_back({"scan-filter-project", "Parquet (Snappy): a, b, c BIGINT, d DOUBLE; half of the rows pass", 15, 20'000'000, false,
                   [=, path = std::make_shared<std::string>()](int64_t n, Sum s) -> Result<NodePtr> {
                     auto rows = numbers();
                     if (path->empty()) *path = TRY(ParquetFile(setting, *rows));
                     auto source = TRY(MakeFileSource(*setting.registry, "parquet", *path, rows->type, rows->rows, n, setting.batch_rows));
                     return FilterAndProject(ScanOf(source, rows->type, -1, 1), *setting.registry, false, s);
                   },
                   {}, "", 0, {}});
  cases.push_back({"exchange-hash", "a, b, c BIGINT, d DOUBLE; 2 to 2 subtasks by a", 15, 200'000'000, true,
                   [=](int64_t n, Sum s) -> Result<NodePtr> { return SinkOf(HashOf(ScanOf(numbers(), n, 2), {0}), -1, s); }, {}, "", 0, all});
  group_case("group-1k-batch", 60, 100'000'000, 1000, false, false);
  group_case("group-1k-streaming", 20, 400'000'000, 1000, true, true);
  group_case("group-1m-batch", 10, 40'000'000, 1'000'000, false, false);
  group_case("group-1m-streaming", 3, 20'000'000, 1'000'000, true, true);
  cases.push_back({"tumble-1s-1k", kv + ", ts TIMESTAMP(3), 1000 keys", 10, 300'000'000, true,
                   [=](int64_t n, Sum s) -> Result<NodePtr> { return WindowPlan(*setting.registry, keyed(1000, Shape::kTimed), n, Kind::kTumble, 1000, 0, s); },
                   {}, "SELECT k, time_bucket(INTERVAL 1 SECOND, ts) w, count(*), sum(v) FROM t GROUP BY k, w", 1000, all});
  cases.push_back({"json-decode", "id BIGINT, key INT, price DOUBLE, name STRING; lines in memory", 6, 10'000'000, true, {},
                   [=](int64_t n) { return DecodeJson(setting, n); }, "", 0, {}});
  // Without a bar: to see what moves.
  group_case("group-1k-each-change", 0, 10'000'000, 1000, true, false);
  for (int64_t keys : {1000, 1'000'000}) {
    cases.push_back({keys == 1000 ? "group-1k-scattered" : "group-1m-scattered", kv + ", " + std::to_string(keys) + " keys all over 64 bits", 0, 40'000'000, false,
                     [=](int64_t n, Sum s) -> Result<NodePtr> { return GroupPlan(keyed(keys, Shape::kScattered), n, false, false, CountAndSum(), s); }, {}, "", 0, all});
  }
  cases.push_back({"group-text-100k-batch", "k STRING, v BIGINT, 100000 keys", 0, 20'000'000, false,
                   [=](int64_t n, Sum s) -> Result<NodePtr> { return GroupPlan(keyed(100'000, Shape::kText), n, false, false, CountAndSum(), s); }, {}, "", 0, all});
  cases.push_back({"distinct-1k-streaming", kv + ", 1000 keys, COUNT(*), COUNT(DISTINCT v) of 1000 values", 0, 20'000'000, true,
                   [=](int64_t n, Sum s) -> Result<NodePtr> {
                     auto calls = CountAndSum();
                     calls[1] = {AggregateKind::kCount, {1}, true, -1, LogicalType::BigInt().NotNull(), "s"};
                     return GroupPlan(keyed(1000, Shape::kPlain), n, true, true, std::move(calls), s);
                   },
                   {}, "", 0, all});
  cases.push_back({"hop-10s-1s-1k", kv + ", ts TIMESTAMP(3), 1000 keys", 0, 20'000'000, true,
                   [=](int64_t n, Sum s) -> Result<NodePtr> { return WindowPlan(*setting.registry, keyed(1000, Shape::kTimed), n, Kind::kHop, 10'000, 1000, s); }, {}, "", 0,
                   [](int64_t rows) { return 10 * rows; }});
  cases.push_back({"last-row-100k", kv + ", ts TIMESTAMP(3), 100000 keys; ROW_NUMBER by ts DESC = 1", 0, 4'000'000, true,
                   [=](int64_t n, Sum s) -> Result<NodePtr> { return LastRowPlan(keyed(100'000, Shape::kTimed), n, s); }, {}, "", 0, {}});
  cases.push_back({"calc-computed", "a, b, c BIGINT, d DOUBLE in memory; half of the rows pass, four computed columns", 0, 40'000'000, false,
                   [=](int64_t n, Sum s) { return FilterAndProject(ScanOf(numbers(), n), *setting.registry, true, s); }, {}, "", 0, {}});
  cases.push_back({"sort-by-double", "a, b, c BIGINT, d DOUBLE by d", 0, 4'000'000, false,
                   [=](int64_t n, Sum s) -> Result<NodePtr> {
                     NodePtr scan = ScanOf(numbers(), n);
                     const RowType type = scan->row_type;
                     return SinkOf(MakeNode(plan::Sort{{{3, false, true}}, 0, -1}, {std::move(scan)}, type, ChangelogMode::InsertOnly(), 1), -1, s);
                   },
                   {}, "", 0, all});
  return cases;
}

}  // namespace tarn::app
