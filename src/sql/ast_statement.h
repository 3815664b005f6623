// The tree of a SQL text, part 3: statements. Statement::Node is a closed list; visit it without a default branch.
#pragma once

#include "sql/ast_query.h"

namespace tarn::sql {

using Options = std::vector<Option>;
using Text = std::optional<std::string>;

// ---------------------------------------------------------------------------------------------------------- shared parts

// [NOT] LIKE 'p' | ILIKE 'p'
struct NamePattern {
  bool negated = false, ignore_case = false;
  std::string pattern;
  bool operator==(const NamePattern&) const = default;
};

// p = v; value empty where only the name is written (dynamic partition, ANALYZE).
struct PartitionItem {
  Identifier column;
  ExprPtr value;
  bool operator==(const PartitionItem&) const = default;
};
using PartitionSpec = std::vector<PartitionItem>;

// ------------------------------------------------------------------------------------------------------- CREATE TABLE ...

struct TableConstraint {
  std::optional<Identifier> name;
  bool unique = false;                      // UNIQUE, else PRIMARY KEY
  std::vector<Identifier> columns;          // none where it stands behind its one column
  std::optional<bool> enforced;             // nothing written: empty (means enforced)
  Position position;
  bool operator==(const TableConstraint&) const = default;
};

struct PhysicalColumn { std::optional<TableConstraint> constraint; bool operator==(const PhysicalColumn&) const = default; };
struct MetadataColumn { Text key; bool is_virtual = false; bool operator==(const MetadataColumn&) const = default; };
struct ComputedColumn { Expr expr; bool operator==(const ComputedColumn&) const = default; };

struct ColumnDefinition {
  Identifier name;
  std::optional<DataType> type;             // none for a computed column
  std::variant<PhysicalColumn, MetadataColumn, ComputedColumn> kind;
  Text comment;
  Position position;
  bool operator==(const ColumnDefinition&) const = default;
};

// WATERMARK FOR column AS expr; column: a path, of which more than one part is refused later
struct WatermarkDefinition {
  Name column;
  Expr expr;
  Position position;
  bool operator==(const WatermarkDefinition&) const = default;
};

enum class DistributionKind : uint8_t { kUnknown, kHash, kRange };
struct Distribution {
  DistributionKind kind = DistributionKind::kUnknown;
  std::vector<Identifier> columns;          // none: DISTRIBUTED INTO n BUCKETS
  std::optional<int> buckets;
  Position position;
  bool operator==(const Distribution&) const = default;
};

enum class MergingStrategy : uint8_t { kIncluding, kExcluding, kOverwriting };
enum class LikeFeature : uint8_t { kAll, kConstraints, kDistribution, kGenerated, kMetadata, kOptions, kPartitions, kWatermarks };
struct LikeOption {
  MergingStrategy strategy = MergingStrategy::kIncluding;
  LikeFeature feature = LikeFeature::kAll;
  bool operator==(const LikeOption&) const = default;
};
struct TableLike {
  Name source;
  std::vector<LikeOption> options;
  bool operator==(const TableLike&) const = default;
};

// The parts that only the Hive dialect has. Partition columns with types are the last columns of the table there.
struct HiveStorage {
  std::vector<ColumnDefinition> partition_columns;      // PARTITIONED BY (dt STRING COMMENT 'c')
  std::vector<Identifier> clustered_by;                 // CLUSTERED BY (c) [SORTED BY (...)] INTO n BUCKETS
  std::vector<OrderItem> sorted_by;
  std::optional<int> buckets;
  Text row_format_serde;                                // ROW FORMAT SERDE 'class'
  Options serde_properties;                             // WITH SERDEPROPERTIES (...)
  bool delimited = false;                               // ROW FORMAT DELIMITED ...
  Text fields_terminated_by, escaped_by, collection_items_terminated_by, map_keys_terminated_by, lines_terminated_by, null_defined_as;
  std::optional<Identifier> stored_as;                  // STORED AS parquet
  Text input_format, output_format;                     // STORED AS INPUTFORMAT 'i' OUTPUTFORMAT 'o'
  Text stored_by;                                       // STORED BY 'storage handler class'
  Text location;
  bool operator==(const HiveStorage&) const = default;
};

struct CreateTable {
  bool replace = false, create_or_replace = false;      // REPLACE TABLE; CREATE OR REPLACE TABLE
  bool temporary = false, if_not_exists = false, external = false;
  Name name;
  std::vector<ColumnDefinition> columns;
  std::vector<WatermarkDefinition> watermarks;          // more than one is refused later
  std::vector<TableConstraint> constraints;
  Text comment;
  std::optional<Distribution> distribution;
  std::vector<Identifier> partitioned_by;
  Options options;                                      // WITH (...); Hive: TBLPROPERTIES (...)
  std::optional<TableLike> like;
  QueryPtr query;
  std::optional<HiveStorage> hive;                      // set by the Hive dialect, always and only
  bool operator==(const CreateTable&) const = default;
};

// Those of the list and those written behind a column, the latter with that column.
std::vector<TableConstraint> AllConstraints(const CreateTable& table);

// ---------------------------------------------------------------------------------------------------------- ALTER TABLE

enum class ColumnPlace : uint8_t { kNotWritten, kFirst, kAfter };
struct PlacedColumn {
  ColumnDefinition column;
  ColumnPlace place = ColumnPlace::kNotWritten;
  std::optional<Identifier> after;
  bool operator==(const PlacedColumn&) const = default;
};

struct RenameTable { Name to; bool operator==(const RenameTable&) const = default; };
struct RenameColumn { Name from; Identifier to; bool operator==(const RenameColumn&) const = default; };
// ADD | MODIFY { column | (columns, constraints, watermark) | DISTRIBUTION }; Hive: ADD | REPLACE COLUMNS (...), CHANGE
struct ChangeSchema {
  enum class Kind : uint8_t { kAdd, kModify, kReplace } kind = Kind::kAdd;
  std::vector<PlacedColumn> columns;
  std::vector<TableConstraint> constraints;
  std::vector<WatermarkDefinition> watermarks;
  std::optional<Distribution> distribution;
  bool operator==(const ChangeSchema&) const = default;
};
struct DropColumns { std::vector<Name> columns; bool operator==(const DropColumns&) const = default; };
struct DropPrimaryKey { bool operator==(const DropPrimaryKey&) const = default; };
struct DropConstraint { Identifier name; bool operator==(const DropConstraint&) const = default; };
struct DropWatermark { bool operator==(const DropWatermark&) const = default; };
struct DropDistribution { bool operator==(const DropDistribution&) const = default; };
struct SetOptions { Options options; bool operator==(const SetOptions&) const = default; };             // SET (...), SET TBLPROPERTIES (...)
struct ResetOptions { std::vector<std::string> keys; bool operator==(const ResetOptions&) const = default; };  // RESET (...), UNSET TBLPROPERTIES
struct NewPartition {
  PartitionSpec spec;
  Options options;
  Text location;                            // Hive
  bool operator==(const NewPartition&) const = default;
};
struct AddPartitions { bool if_not_exists = false; std::vector<NewPartition> partitions; bool operator==(const AddPartitions&) const = default; };
struct DropPartitions {
  bool if_exists = false, purge = false;
  std::vector<PartitionSpec> partitions;
  bool operator==(const DropPartitions&) const = default;
};
struct RenamePartition { PartitionSpec to; bool operator==(const RenamePartition&) const = default; };            // Hive
struct SetLocation { std::string location; bool operator==(const SetLocation&) const = default; };              // Hive
struct SetFileFormat { Identifier format; bool operator==(const SetFileFormat&) const = default; };             // Hive
struct SetSerde { Text serde; Options properties; bool operator==(const SetSerde&) const = default; };           // Hive
// CHANGE [COLUMN] old new type [COMMENT 'c'] [FIRST | AFTER c]: Hive
struct ChangeColumn { Identifier from; PlacedColumn to; bool operator==(const ChangeColumn&) const = default; };

struct AlterTable {
  using Action = std::variant<RenameTable, RenameColumn, ChangeSchema, DropColumns, DropPrimaryKey, DropConstraint, DropWatermark,
                              DropDistribution, SetOptions, ResetOptions, AddPartitions, DropPartitions, RenamePartition, SetLocation,
                              SetFileFormat, SetSerde, ChangeColumn>;
  bool if_exists = false;
  Name name;
  PartitionSpec partition;                  // Hive: ALTER TABLE t PARTITION (...) SET LOCATION ...
  Action action;
  bool operator==(const AlterTable&) const = default;
};

// --------------------------------------------------------------------------------- catalogs, databases, views, functions

struct CreateCatalog { bool if_not_exists = false; Identifier name; Text comment; Options options; bool operator==(const CreateCatalog&) const = default; };
struct SetComment { std::string comment; bool operator==(const SetComment&) const = default; };
struct AlterCatalog {
  Identifier name;
  std::variant<SetOptions, ResetOptions, SetComment> action;
  bool operator==(const AlterCatalog&) const = default;
};

struct CreateDatabase {
  bool if_not_exists = false;
  Name name;
  Text comment;
  Options options;                          // WITH (...); Hive: WITH DBPROPERTIES (...)
  Text location;                            // Hive
  bool operator==(const CreateDatabase&) const = default;
};
struct SetOwner { std::string kind; Identifier name; bool operator==(const SetOwner&) const = default; };       // Hive: SET OWNER USER u
struct AlterDatabase {
  Name name;
  std::variant<SetOptions, SetLocation, SetOwner> action;
  bool operator==(const AlterDatabase&) const = default;
};

struct CreateView {
  bool temporary = false, if_not_exists = false, replace = false;    // replace: Hive
  Name name;
  std::vector<Identifier> columns;
  std::vector<Text> column_comments;        // Hive; else empty
  Text comment;
  Options options;                          // Hive TBLPROPERTIES
  Query query;
  bool operator==(const CreateView&) const = default;
};
struct SetQuery { Query query; bool operator==(const SetQuery&) const = default; };
struct AlterView {
  Name name;
  std::variant<RenameTable, SetQuery, SetOptions, ResetOptions> action;  // the last two: Hive
  bool operator==(const AlterView&) const = default;
};

enum class FunctionLanguage : uint8_t { kNotWritten, kJava, kScala, kPython };
struct CreateFunction {
  bool temporary = false, system = false, if_not_exists = false;
  Name name;
  std::string identifier;                   // AS 'id'
  FunctionLanguage language = FunctionLanguage::kNotWritten;
  std::vector<std::string> jars;            // USING JAR 'p', ...
  bool operator==(const CreateFunction&) const = default;
};
struct AlterFunction {
  bool temporary = false, system = false, if_exists = false;
  Name name;
  std::string identifier;
  FunctionLanguage language = FunctionLanguage::kNotWritten;
  bool operator==(const AlterFunction&) const = default;
};

struct LoadModule { Identifier name; Options options; bool operator==(const LoadModule&) const = default; };
struct UnloadModule { Identifier name; bool operator==(const UnloadModule&) const = default; };

enum class RefreshMode : uint8_t { kNotWritten, kContinuous, kFull };
struct CreateMaterializedTable {
  Name name;
  std::optional<TableConstraint> primary_key;
  Text comment;
  std::vector<Identifier> partitioned_by;
  Options options;
  Expr freshness;                           // an INTERVAL literal
  RefreshMode refresh_mode = RefreshMode::kNotWritten;
  Query query;
  bool operator==(const CreateMaterializedTable&) const = default;
};
struct Suspend { bool operator==(const Suspend&) const = default; };
struct Resume { Options options; bool operator==(const Resume&) const = default; };
struct Refresh { PartitionSpec partition; bool operator==(const Refresh&) const = default; };
struct AlterMaterializedTable {
  Name name;
  std::variant<Suspend, Resume, Refresh> action;
  bool operator==(const AlterMaterializedTable&) const = default;
};

// CREATE MODEL ...: parsed, unsupported in 1.20.
struct CreateModel {
  bool temporary = false, if_not_exists = false;
  Name name;
  std::vector<ColumnDefinition> input, output;
  Text comment;
  Options options;
  bool operator==(const CreateModel&) const = default;
};

enum class ObjectKind : uint8_t { kCatalog, kDatabase, kTable, kView, kFunction, kMaterializedTable, kModel };
enum class DropBehavior : uint8_t { kNotWritten, kRestrict, kCascade };
struct Drop {
  ObjectKind kind = ObjectKind::kTable;
  bool temporary = false, system = false, if_exists = false;
  Name name;
  DropBehavior behavior = DropBehavior::kNotWritten;
  bool purge = false;                       // Hive: DROP TABLE t PURGE
  bool operator==(const Drop&) const = default;
};

// ------------------------------------------------------------------------------------------------- USE, SHOW, DESCRIBE

struct UseCatalog { Identifier name; bool operator==(const UseCatalog&) const = default; };
struct UseDatabase { Name name; bool operator==(const UseDatabase&) const = default; };
struct UseModules { std::vector<Identifier> modules; bool operator==(const UseModules&) const = default; };

enum class ShowKind : uint8_t {
  kCatalogs, kCurrentCatalog, kCreateCatalog, kDatabases, kCurrentDatabase, kTables, kViews, kColumns, kPartitions, kCreateTable,
  kCreateView, kFunctions, kUserFunctions, kProcedures, kModules, kFullModules, kJars, kJobs, kMaterializedTables,
  kModels, kCreateDatabase, kTableProperties,      // kCreateDatabase, kTableProperties: Hive
};
struct Show {
  ShowKind kind = ShowKind::kTables;
  Name name;                                // FROM | IN name; of COLUMNS, PARTITIONS, CREATE ...: the object
  std::optional<NamePattern> like;
  PartitionSpec partition;                  // SHOW PARTITIONS t PARTITION (...)
  Text property;                            // SHOW TBLPROPERTIES t ('k')
  bool operator==(const Show&) const = default;
};

enum class DescribeKind : uint8_t { kTable, kCatalog, kJob, kDatabase, kFunction };    // kDatabase, kFunction: Hive
struct Describe {
  DescribeKind kind = DescribeKind::kTable;
  bool extended = false, formatted = false; // FORMATTED: Hive
  Name name;
  std::string job_id;                       // kJob
  PartitionSpec partition;                  // Hive
  Name column;                              // Hive: DESCRIBE t c
  bool operator==(const Describe&) const = default;
};

// -------------------------------------------------------------------------------------------------------- DML and jobs

struct Insert {
  bool overwrite = false;
  Name table;
  std::vector<Hint> hints;                  // INSERT INTO t /*+ OPTIONS(...) */
  PartitionSpec partition;
  std::vector<Name> columns;
  Query source;
  bool if_not_exists = false;               // Hive: INSERT OVERWRITE ... PARTITION (...) IF NOT EXISTS
  Position position;
  bool operator==(const Insert&) const = default;
};
struct StatementSet { std::vector<Insert> inserts; bool operator==(const StatementSet&) const = default; };    // EXECUTE STATEMENT SET BEGIN ... END
struct BeginStatementSet { bool operator==(const BeginStatementSet&) const = default; };
struct EndStatementSet { bool operator==(const EndStatementSet&) const = default; };

struct Assignment { Name column; Expr value; bool operator==(const Assignment&) const = default; };
struct Update {
  Name table;
  std::optional<Identifier> alias;
  std::vector<Assignment> assignments;
  ExprPtr where;
  bool operator==(const Update&) const = default;
};
struct Delete {
  Name table;
  std::optional<Identifier> alias;
  ExprPtr where;
  bool operator==(const Delete&) const = default;
};
struct TruncateTable { Name name; PartitionSpec partition; bool operator==(const TruncateTable&) const = default; };   // partition: Hive
struct AnalyzeTable {
  Name name;
  PartitionSpec partition;
  bool for_columns = false, all_columns = false;
  std::vector<Identifier> columns;
  bool operator==(const AnalyzeTable&) const = default;
};

using JobBody = std::variant<Query, Insert, StatementSet>;

// EXPLAIN [PLAN FOR | details] ...
struct Explain {
  bool estimated_cost = false, changelog_mode = false, json_execution_plan = false, plan_advice = false;
  JobBody body;
  bool operator==(const Explain&) const = default;
};
struct Execute { std::variant<Query, Insert> body; bool operator==(const Execute&) const = default; };      // EXECUTE insert | query
struct CompilePlan {                        // COMPILE [AND EXECUTE] PLAN 'uri' [IF NOT EXISTS] FOR ...
  bool and_execute = false, if_not_exists = false;
  std::string uri;
  std::variant<Insert, StatementSet> body;
  bool operator==(const CompilePlan&) const = default;
};
struct ExecutePlan { std::string uri; bool operator==(const ExecutePlan&) const = default; };
struct StopJob { std::string job_id; bool with_savepoint = false, with_drain = false; bool operator==(const StopJob&) const = default; };
struct CallProcedure { Call call; bool operator==(const CallProcedure&) const = default; };

// ------------------------------------------------------------------------------------------------------------- session

// SET; SET 'k' = 'v'; SET k = v. No key: list them all. Key without value (Hive: SET k): show that one.
struct SetOption { Text key, value; bool operator==(const SetOption&) const = default; };
struct ResetOption { Text key; bool operator==(const ResetOption&) const = default; };
struct AddJar { std::string path; bool operator==(const AddJar&) const = default; };
struct RemoveJar { std::string path; bool operator==(const RemoveJar&) const = default; };
// Of the interactive client only: HELP, CLEAR, QUIT | EXIT, SOURCE 'file'
enum class ClientCommandKind : uint8_t { kHelp, kClear, kQuit };
struct ClientCommand { ClientCommandKind kind = ClientCommandKind::kHelp; bool operator==(const ClientCommand&) const = default; };

// ----------------------------------------------------------------------------------------------------------- Statement

struct Statement {
  using Node = std::variant<
      Query, Insert, StatementSet, BeginStatementSet, EndStatementSet, Explain, Execute, CompilePlan, ExecutePlan,
      CreateTable, AlterTable, CreateCatalog, AlterCatalog, CreateDatabase, AlterDatabase, CreateView, AlterView, CreateFunction,
      AlterFunction, CreateMaterializedTable, AlterMaterializedTable, CreateModel, Drop, LoadModule, UnloadModule,
      UseCatalog, UseDatabase, UseModules, Show, Describe, Update, Delete, TruncateTable, AnalyzeTable, StopJob, CallProcedure,
      SetOption, ResetOption, AddJar, RemoveJar, ClientCommand>;
  Node node;
  Position position;

  Statement();                              // QUIT: a placeholder
  explicit Statement(Node node, Position position = {});
  Statement(const Statement&);
  Statement(Statement&&) noexcept;
  Statement& operator=(const Statement&);
  Statement& operator=(Statement&&) noexcept;
  ~Statement();
  bool operator==(const Statement&) const;

  template <typename T> const T* As() const { return std::get_if<T>(&node); }
  template <typename T> T* As() { return std::get_if<T>(&node); }
};

// "CREATE TABLE", "INSERT", "SHOW TABLES": for messages, logs and metrics.
std::string StatementKindName(const Statement& statement);

}  // namespace tarn::sql
