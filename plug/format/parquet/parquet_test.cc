#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>
#include <stdlib.h>

#include <filesystem>

#include "base/clock.h"
#include "plug/format/parquet/column_conversion.h"
#include "table/registry.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::plug {
Status Register_format_parquet(table::Registry& registry);
namespace {

using types::LogicalType;

struct ZoneGuard {
  explicit ZoneGuard(const char* zone) { setenv("TZ", zone, 1); }
  ~ZoneGuard() { unsetenv("TZ"); }
};

class Parquet : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Register_format_parquet(registry_).ok());
    dir_ = std::filesystem::temp_directory_path() / ("tarn_parquet_test_" + std::to_string(MonotonicNs()));
    std::filesystem::create_directories(dir_);
    path_ = dir_ / "f.parquet";
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::unique_ptr<table::Format> Make(std::map<std::string, std::string> options = {}) {
    auto f = (*registry_.FindFormat("parquet"))->Create(config::OptionSet(std::move(options)), "UTC");
    EXPECT_TRUE(f.ok()) << f.status().ToString();
    return f.ok() ? std::move(*f) : nullptr;
  }
  static RowType Type(std::vector<std::pair<std::string, std::string>> columns) {
    RowType t;
    for (auto& [name, type] : columns) t.Add(name, *types::ParseType(type));
    return t;
  }
  static std::vector<std::string> Rows(const RowType& type, const Batch& batch) {
    std::vector<std::string> out;
    for (size_t c = 0; c < type.size(); ++c) {
      EXPECT_TRUE(batch.column(c)->ValidateFull().ok()) << type.names[c] << batch.column(c)->ValidateFull().ToString();
      EXPECT_TRUE(batch.column(c)->type()->Equals(*types::ToArrow(type.types[c]))) << batch.column(c)->type()->ToString();
    }
    for (int64_t r = 0; r < batch.num_rows(); ++r) {
      std::string row;
      for (size_t c = 0; c < type.size(); ++c) {
        if (c > 0) row += "|";
        if (batch.column(c)->IsNull(r)) row += "~";
        else types::AppendText(*batch.column(c), r, type.types[c], types::TextStyle::kPlain, "UTC", &row);
      }
      out.push_back(row);
    }
    return out;
  }
  void Write(const table::Format& format, const RowType& type, const std::vector<Batch>& batches) {
    auto w = format.CreateFile(path_, type);
    ASSERT_TRUE(w.ok()) << w.status().ToString();
    for (const Batch& b : batches) ASSERT_TRUE((*w)->Write(b).ok());
    Status s = (*w)->Finish();
    ASSERT_TRUE(s.ok()) << s.ToString();
    EXPECT_EQ((*w)->bytes_written(), static_cast<int64_t>(std::filesystem::file_size(path_)));
  }
  std::vector<std::string> Read(const table::Format& format, const RowType& type, table::FileRange range = {}, int64_t skip = 0, int64_t batch_rows = 1000) {
    auto r = format.OpenRange(path_, range, type, {}, batch_rows);
    EXPECT_TRUE(r.ok()) << r.status().ToString();
    std::vector<std::string> out;
    if (!r.ok()) return out;
    EXPECT_TRUE((*r)->Skip(skip).ok());
    for (;;) {
      auto b = (*r)->Next();
      EXPECT_TRUE(b.ok()) << b.status().ToString();
      if (!b.ok() || !*b) return out;
      for (auto& row : Rows(type, **b)) out.push_back(row);
    }
  }
  std::string Schema() {
    auto reader = parquet::ParquetFileReader::OpenFile(path_);
    return reader->metadata()->schema()->ToString();
  }
  template <typename Builder, typename T>
  static std::shared_ptr<arrow::Array> Column(const LogicalType& type, std::vector<std::optional<T>> values) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    EXPECT_TRUE(arrow::MakeBuilder(arrow::default_memory_pool(), types::ToArrow(type), &builder).ok());
    for (auto& v : values) EXPECT_TRUE((v ? static_cast<Builder&>(*builder).Append(*v) : builder->AppendNull()).ok());
    return builder->Finish().ValueOrDie();
  }
  table::Registry registry_;
  std::filesystem::path dir_;
  std::string path_;
};

Batch Timestamps(std::vector<int64_t> ms) {
  arrow::TimestampBuilder b(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  EXPECT_TRUE(b.AppendValues(ms).ok());
  return Batch(static_cast<int64_t>(ms.size()), {b.Finish().ValueOrDie()});
}

TEST_F(Parquet, FlinksPhysicalTypes) {
  RowType type = Type({{"b", "BOOLEAN"}, {"i1", "TINYINT"}, {"i2", "SMALLINT"}, {"i4", "INT NOT NULL"}, {"i8", "BIGINT"}, {"f", "FLOAT"}, {"d", "DOUBLE"}, {"dec", "DECIMAL(10,2)"},
                       {"s", "STRING"}, {"y", "BYTES"}, {"dt", "DATE"}, {"t", "TIME"}, {"ts", "TIMESTAMP(3)"}, {"tz", "TIMESTAMP_LTZ(9)"}, {"arr", "ARRAY<INT>"},
                       {"m", "MAP<STRING, INT>"}, {"r", "ROW<x INT, y ROW<z STRING>>"}});
  std::vector<std::shared_ptr<arrow::Array>> nulls;
  for (const auto& t : type.types) nulls.push_back(arrow::MakeArrayOfNull(types::ToArrow(t), 2).ValueOrDie());
  nulls[3] = Column<arrow::Int32Builder, int32_t>(LogicalType::Int(), {1, 2});
  auto format = Make();
  Write(*format, type, {Batch(2, nulls)});
  EXPECT_EQ(Read(*format, type), (std::vector<std::string>{"~|~|~|1|~|~|~|~|~|~|~|~|~|~|~|~|~", "~|~|~|2|~|~|~|~|~|~|~|~|~|~|~|~|~"}));
  const std::string schema = Schema();
  for (const char* part : {"optional boolean field_id=-1 b", "optional int32 field_id=-1 i1 (Int(bitWidth=8, isSigned=true))", "optional int32 field_id=-1 i2 (Int(bitWidth=16", "required int32 field_id=-1 i4;",
                           "optional int64 field_id=-1 i8;", "optional float", "optional double", "optional fixed_len_byte_array(5) field_id=-1 dec (Decimal(precision=10, scale=2))",
                           "optional binary field_id=-1 s (String)", "optional binary field_id=-1 y;", "optional int32 field_id=-1 dt (Date)",
                           "optional int32 field_id=-1 t (Time(isAdjustedToUTC=true, timeUnit=milliseconds))", "optional int96 field_id=-1 ts;", "optional int96 field_id=-1 tz;",
                           "optional group field_id=-1 arr (List) {\n    repeated group field_id=-1 list {\n      optional int32 field_id=-1 element;",
                           "optional group field_id=-1 m (Map) {\n    repeated group field_id=-1 key_value {\n      required binary field_id=-1 key (String);\n      optional int32 field_id=-1 value;"}) {
    EXPECT_NE(schema.find(part), std::string::npos) << part << "\n" << schema;
  }
  auto reader = parquet::ParquetFileReader::OpenFile(path_);
  EXPECT_EQ(reader->metadata()->RowGroup(0)->ColumnChunk(0)->compression(), arrow::Compression::SNAPPY);
}

TEST_F(Parquet, TimestampsInEveryFormAndZone) {
  RowType ts3 = Type({{"ts", "TIMESTAMP(3)"}}), ts9 = Type({{"ts", "TIMESTAMP(9)"}}), ltz = Type({{"ts", "TIMESTAMP_LTZ(6)"}}), ts6 = Type({{"ts", "TIMESTAMP(6)"}});
  const std::vector<int64_t> values{1704164645006, -86400000 * 3 - 1, 0, 253370764800000};   // year 9999 too
  const std::vector<std::string> text{"2024-01-02 03:04:05.006", "1969-12-28 23:59:59.999", "1970-01-01 00:00:00.000", "9999-01-01 00:00:00.000"};
  for (const char* zone : {"UTC", "Asia/Shanghai", "America/New_York"}) {
    ZoneGuard guard(zone);
    for (const char* utc : {"true", "false"}) {
      auto format = Make({{"utc-timezone", utc}});
      Write(*format, ts3, {Timestamps(values)});
      EXPECT_EQ(Read(*format, ts3), text) << zone << utc;
    }
    for (const char* unit : {"millis", "micros"}) {
      auto format = Make({{"write.int64.timestamp", "true"}, {"timestamp.time.unit", unit}});
      Write(*format, ts3, {Timestamps(values)});
      EXPECT_NE(Schema().find(std::string("Timestamp(isAdjustedToUTC=false, timeUnit=") + (*unit == 'm' && unit[2] == 'l' ? "milli" : "micro")), std::string::npos) << Schema();
      EXPECT_EQ(Read(*format, ts3), text) << zone << unit;
    }
    auto nanos = Make({{"write.int64.timestamp", "true"}, {"timestamp.time.unit", "nanos"}});
    Write(*nanos, ts3, {Timestamps({values[0]})});
    EXPECT_EQ(Read(*nanos, ts9), (std::vector<std::string>{"2024-01-02 03:04:05.006000000"}));
    EXPECT_EQ(Read(*nanos, ts6), (std::vector<std::string>{"2024-01-02 03:04:05.006000"}));
  }
  // What is stored for the wall clock in a zone is the instant: another reader in UTC sees it.
  {
    ZoneGuard guard("Asia/Shanghai");
    Write(*Make(), ts3, {Timestamps({values[0]})});
    EXPECT_EQ(Read(*Make({{"utc-timezone", "true"}}), ts3), (std::vector<std::string>{"2024-01-01 19:04:05.006"}));
    // An INT64 instant (as Spark writes it) read as TIMESTAMP is shown in the machine's zone, as TIMESTAMP_LTZ it is the instant.
    auto schema = arrow::schema({arrow::field("ts", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))});
    arrow::TimestampBuilder b(schema->field(0)->type(), arrow::default_memory_pool());
    ASSERT_TRUE(b.Append(values[0] * 1000).ok());
    auto batch = arrow::RecordBatch::Make(schema, 1, {b.Finish().ValueOrDie()});
    auto out = arrow::io::FileOutputStream::Open(path_).ValueOrDie();
    auto w = parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), out).ValueOrDie();
    ASSERT_TRUE(w->WriteRecordBatch(*batch).ok() && w->Close().ok());
    EXPECT_EQ(Read(*Make(), ts3), (std::vector<std::string>{"2024-01-02 11:04:05.006"}));
    EXPECT_EQ(Read(*Make({{"utc-timezone", "true"}}), ts3), (std::vector<std::string>{"2024-01-02 03:04:05.006"}));
    EXPECT_EQ(Read(*Make(), ltz), (std::vector<std::string>{"2024-01-02 03:04:05.006000"}));
  }
}

TEST_F(Parquet, ColumnsByNameMissingOnesNullTypesConverted) {
  RowType written = Type({{"a", "INT"}, {"B", "DECIMAL(9,2)"}, {"c", "STRING"}, {"r", "ROW<x INT, y INT>"}});
  auto row = std::make_shared<arrow::StructArray>(types::ToArrow(written.types[3]), 2,
                                                  arrow::ArrayVector{Column<arrow::Int32Builder, int32_t>(LogicalType::Int(), {1, 2}), Column<arrow::Int32Builder, int32_t>(LogicalType::Int(), {3, 4})});
  Batch batch(2, {Column<arrow::Int32Builder, int32_t>(LogicalType::Int(), {7, std::nullopt}),
                  Column<arrow::Decimal128Builder, arrow::Decimal128>(LogicalType::Decimal(9, 2), {arrow::Decimal128(150), arrow::Decimal128(-1)}),
                  Column<arrow::StringBuilder, std::string>(LogicalType::String(), {"x", std::nullopt}), row});
  auto format = Make();
  Write(*format, written, {batch});
  RowType asked = Type({{"c", "VARCHAR(10)"}, {"zz", "BIGINT"}, {"a", "BIGINT"}, {"b", "DECIMAL(20,4)"}, {"r", "ROW<y BIGINT, q STRING>"}});
  EXPECT_EQ(Read(*format, asked), (std::vector<std::string>{"x|~|7|1.5000|(3, NULL)", "~|~|~|-0.0100|(4, NULL)"}));
  EXPECT_EQ(Read(*format, RowType{}).size(), 2u);
  EXPECT_EQ(Read(*format, Type({{"nope", "INT"}})), (std::vector<std::string>{"~", "~"}));
  auto r = format->OpenFile(path_, Type({{"c", "INT"}}), {}, 10);
  ASSERT_TRUE(r.ok());
  Status s = (*r)->Next().status();
  EXPECT_NE(s.message().find(path_), std::string::npos);
  EXPECT_NE(s.message().find("column 'c' of the Parquet file can't be read as INT"), std::string::npos) << s.ToString();
}

TEST_F(Parquet, RowGroupsRangesAndSkip) {
  RowType type = Type({{"a", "BIGINT"}});
  auto format = Make({{"block.size", "40 kb"}, {"compression", "ZSTD"}});
  std::vector<Batch> batches;
  std::vector<std::string> all;
  for (int b = 0; b < 10; ++b) {
    std::vector<std::optional<int64_t>> v;
    for (int i = 0; i < 4096; ++i) {
      v.push_back(b * 4096 + i);
      all.push_back(std::to_string(b * 4096 + i));
    }
    batches.push_back(Batch(4096, {Column<arrow::Int64Builder, int64_t>(LogicalType::BigInt(), v)}));
  }
  Write(*format, type, batches);
  EXPECT_EQ(parquet::ParquetFileReader::OpenFile(path_)->metadata()->num_row_groups(), 10);
  EXPECT_EQ(Read(*format, type), all);
  const int64_t size = static_cast<int64_t>(std::filesystem::file_size(path_));
  std::vector<std::string> tiled;
  for (int64_t at = 0; at < size; at += 50'000) for (auto& row : Read(*format, type, {at, 50'000})) tiled.push_back(row);
  EXPECT_EQ(tiled, all);
  for (int64_t skip : {int64_t{1}, int64_t{4096}, int64_t{5000}, int64_t{40959}, int64_t{40960}, int64_t{50000}}) {
    EXPECT_EQ(Read(*format, type, {}, skip), std::vector<std::string>(all.begin() + std::min<int64_t>(skip, 40960), all.end())) << skip;
    EXPECT_EQ(Read(*format, RowType{}, {}, skip).size(), static_cast<size_t>(std::max<int64_t>(0, 40960 - skip))) << skip;
  }
}

class Named final : public expr::ScalarFunction {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  Result<expr::Signature> Resolve(std::span<const expr::Argument>) const override { return Status::Internal(""); }
  Result<arrow::Datum> Evaluate(const expr::EvalContext&, std::span<const arrow::Datum>, const LogicalType&, int64_t) const override { return Status::Internal(""); }

 private:
  const std::string name_;
};

TEST_F(Parquet, RowGroupsThatCantMatchAreLeftOut) {
  RowType type = Type({{"a", "BIGINT"}});
  auto format = Make({{"block.size", "10 kb"}});
  std::vector<Batch> batches;
  for (int b = 0; b < 4; ++b) {
    std::vector<std::optional<int64_t>> v;
    for (int i = 0; i < 1000; ++i) v.push_back(b * 1000 + i);
    batches.push_back(Batch(1000, {Column<arrow::Int64Builder, int64_t>(LogicalType::BigInt(), v)}));
  }
  Write(*format, type, batches);
  auto rows = [&](const std::string& op, int64_t literal, bool flip = false) {
    Named f(op);
    auto ref = std::make_shared<expr::Expr>(expr::Expr{expr::InputRef{0}, LogicalType::BigInt()});
    auto lit = std::make_shared<expr::Expr>(expr::Expr{expr::Literal{std::make_shared<arrow::Int64Scalar>(literal)}, LogicalType::BigInt()});
    expr::Call call{&f, flip ? std::vector<expr::ExprPtr>{lit, ref} : std::vector<expr::ExprPtr>{ref, lit}};
    auto r = format->OpenFile(path_, type, {std::make_shared<expr::Expr>(expr::Expr{call, LogicalType::Boolean()})}, 100'000);
    EXPECT_TRUE(r.ok());
    int64_t n = 0;
    for (;;) {
      auto b = (*r)->Next();
      if (!b.ok() || !*b) return n;
      n += (*b)->num_rows();
    }
  };
  EXPECT_EQ(rows("=", 1500), 1000);
  EXPECT_EQ(rows("=", 9000), 0);
  EXPECT_EQ(rows("<", 1000), 1000);
  EXPECT_EQ(rows("<=", 1000), 2000);
  EXPECT_EQ(rows(">", 2999), 1000);
  EXPECT_EQ(rows(">=", 2999), 2000);
  EXPECT_EQ(rows(">", 1000, true), 1000);   // 1000 > a
  EXPECT_EQ(rows("LIKE", 1), 4000);
}

TEST_F(Parquet, ErrorsNameTheFile) {
  auto format = Make();
  RowType type = Type({{"a", "BIGINT"}});
  Status s = format->OpenFile(dir_ / "missing", type, {}, 10).status();
  EXPECT_NE(s.message().find("missing"), std::string::npos);
  FILE* f = fopen(path_.c_str(), "w");
  fputs("this is not parquet at all, is it?", f);
  fclose(f);
  s = format->OpenFile(path_, type, {}, 10).status();
  EXPECT_EQ(s.code(), StatusCode::kCorrupt);
  EXPECT_NE(s.message().find(path_), std::string::npos);
  s = format->CreateFile("/dev/full", type).status();
  if (s.ok()) {
    auto w = format->CreateFile("/dev/full", type);
    s = (*w)->Finish();
  }
  EXPECT_NE(s.ToString().find("No space left on device"), std::string::npos) << s.ToString();
  EXPECT_EQ(format->CreateFile(path_, Type({{"i", "INTERVAL SECOND"}})).status().code(), StatusCode::kNotSupported);
  EXPECT_FALSE((*registry_.FindFormat("parquet"))->Create(std::map<std::string, std::string>{{"compression", "zip"}}, "UTC").ok());
  EXPECT_FALSE((*registry_.FindFormat("parquet"))->Create(std::map<std::string, std::string>{{"timestamp.time.unit", "days"}}, "UTC").ok());
}

TEST_F(Parquet, Speed) {
  RowType type = Type({{"id", "BIGINT"}, {"user", "INT"}, {"price", "DOUBLE"}, {"item", "STRING"}});
  constexpr int kBatches = 250, kRows = 4096;
  std::vector<Batch> batches;
  for (int b = 0; b < kBatches; ++b) {
    arrow::Int64Builder id; arrow::Int32Builder user; arrow::DoubleBuilder price; arrow::StringBuilder item;
    for (int i = 0; i < kRows; ++i) {
      const int64_t n = b * kRows + i;
      ASSERT_TRUE(id.Append(n).ok() && user.Append(static_cast<int>(n * 7919 % 1000)).ok() && price.Append(static_cast<double>(n % 5000) * 1.25).ok() && item.Append("item-" + std::to_string(n % 100000)).ok());
    }
    batches.push_back(Batch(kRows, {id.Finish().ValueOrDie(), user.Finish().ValueOrDie(), price.Finish().ValueOrDie(), item.Finish().ValueOrDie()}));
  }
  auto format = Make();
  int64_t cpu = ProcessCpuNs();
  Write(*format, type, batches);
  const double rows = kBatches * kRows;
  printf("parquet: %.2f M rows of 4 columns written per CPU second\n", rows * 1e3 / static_cast<double>(ProcessCpuNs() - cpu));
  cpu = ProcessCpuNs();
  auto r = format->OpenFile(path_, type, {}, 4096);
  int64_t n = 0;
  for (;;) {
    auto b = (*r)->Next();
    ASSERT_TRUE(b.ok());
    if (!*b) break;
    n += (*b)->num_rows();
  }
  EXPECT_EQ(n, kBatches * kRows);
  printf("parquet: %.2f M rows of 4 columns read per CPU second\n", rows * 1e3 / static_cast<double>(ProcessCpuNs() - cpu));
}

}  // namespace
}  // namespace tarn::plug
