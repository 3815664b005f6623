// What only the Hive dialect has: CREATE TABLE with storage clauses, further ALTER TABLE actions.
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {

// ( 'k' = 'v', ... ), with quoted keys and values; Hive allows a key alone, which means ''.
Result<Options> Parser::ParseHiveProperties() {
  TRY(ExpectSymbol("("));
  Options options;
  do {
    Option option;
    option.position = Here();
    option.key = TRY(ParseStringLiteral());
    if (AcceptSymbol("=")) option.value = TRY(ParseStringLiteral());
    option.position = Since(option.position);
    options.push_back(std::move(option));
  } while (AcceptSymbol(","));
  TRY(ExpectSymbol(")"));
  return options;
}

// ( c type [NOT NULL] [COMMENT 's'], ... )
Result<std::vector<ColumnDefinition>> Parser::ParseHiveColumns() {
  TRY(ExpectSymbol("("));
  std::vector<ColumnDefinition> columns;
  do {
    ColumnDefinition column;
    column.position = Here();
    column.name = TRY(ParseIdentifier());
    column.type = TRY(ParseType());
    if (AtConstraint()) column.kind = PhysicalColumn{TRY(ParseConstraint())};
    column.comment = TRY(ParseOptionalComment());
    column.position = Since(column.position);
    columns.push_back(std::move(column));
  } while (AcceptSymbol(",") && !AtConstraint());
  if (!AtConstraint()) TRY(ExpectSymbol(")"));
  return columns;
}

// After CREATE [TEMPORARY] [EXTERNAL] TABLE
Result<Statement::Node> Parser::ParseHiveCreateTable(CreateTable table) {
  HiveStorage storage;
  table.if_not_exists = TRY(ParseIfNotExists());
  table.name = TRY(ParseName());
  if (Accept("LIKE")) {
    table.like = TableLike{TRY(ParseName()), {}};
  } else if (AtSymbol("(")) {
    table.columns = TRY(ParseHiveColumns());
    if (AtConstraint()) {      // PRIMARY KEY (c) DISABLE NOVALIDATE RELY, the last in the list
      do {
        table.constraints.push_back(TRY(ParseConstraint()));
      } while (AcceptSymbol(","));
      TRY(ExpectSymbol(")"));
    }
  }
  table.hive = std::move(storage);
  TRY(ParseHiveStorage(table));
  if (!table.like && Accept("AS")) table.query = TRY(ParseQuery());
  return Statement::Node(std::move(table));
}

// COMMENT, PARTITIONED BY, CLUSTERED BY, ROW FORMAT, STORED, LOCATION, TBLPROPERTIES: in any order, each once.
Status Parser::ParseHiveStorage(CreateTable& table) {
  HiveStorage& storage = *table.hive;
  bool seen[6] = {};
  auto once = [&](size_t which) { return !std::exchange(seen[which], true); };
  while (true) {
    if (At("COMMENT") && once(0)) {
      table.comment = TRY(ParseOptionalComment());
    } else if (At("PARTITIONED") && At("BY", 1) && once(1)) {
      at_ += 2;
      bool typed = !AtSymbol(",", 2) && !AtSymbol(")", 2);
      if (typed) {
        storage.partition_columns = TRY(ParseHiveColumns());
      } else {
        table.partitioned_by = TRY(ParseIdentifierList());      // CREATE TABLE ... PARTITIONED BY (p) AS SELECT
      }
    } else if (At("CLUSTERED") && At("BY", 1) && once(2)) {
      at_ += 2;
      storage.clustered_by = TRY(ParseIdentifierList());
      if (AcceptWords({"SORTED", "BY"})) {
        TRY(ExpectSymbol("("));
        storage.sorted_by = TRY(ParseOrderItems());
        TRY(ExpectSymbol(")"));
      }
      TRY(Expect("INTO"));
      storage.buckets = TRY(ParseUnsignedInt());
      TRY(Expect("BUCKETS"));
    } else if (At("ROW") && At("FORMAT", 1) && once(3)) {
      at_ += 2;
      TRY(ParseHiveRowFormat(storage));
    } else if (At("STORED") && once(4)) {
      ++at_;
      if (Accept("BY")) {
        storage.stored_by = TRY(ParseStringLiteral());
        if (AcceptWords({"WITH", "SERDEPROPERTIES"})) storage.serde_properties = TRY(ParseHiveProperties());
      } else {
        TRY(Expect("AS"));
        if (Accept("INPUTFORMAT")) {
          storage.input_format = TRY(ParseStringLiteral());
          TRY(Expect("OUTPUTFORMAT"));
          storage.output_format = TRY(ParseStringLiteral());
        } else {
          storage.stored_as = TRY(ParseIdentifier());
        }
      }
    } else if (At("LOCATION") && once(5)) {
      ++at_;
      storage.location = TRY(ParseStringLiteral());
    } else if (At("TBLPROPERTIES") && table.options.empty()) {
      ++at_;
      table.options = TRY(ParseHiveProperties());
    } else {
      return Status::OK();
    }
  }
}

// After ROW FORMAT: SERDE 'class' [WITH SERDEPROPERTIES (...)] | DELIMITED ...
Status Parser::ParseHiveRowFormat(HiveStorage& storage) {
  if (Accept("SERDE")) {
    storage.row_format_serde = TRY(ParseStringLiteral());
    if (AcceptWords({"WITH", "SERDEPROPERTIES"})) storage.serde_properties = TRY(ParseHiveProperties());
    return Status::OK();
  }
  TRY(Expect("DELIMITED"));
  storage.delimited = true;
  if (AcceptWords({"FIELDS", "TERMINATED", "BY"})) {
    storage.fields_terminated_by = TRY(ParseStringLiteral());
    if (AcceptWords({"ESCAPED", "BY"})) storage.escaped_by = TRY(ParseStringLiteral());
  }
  if (AcceptWords({"COLLECTION", "ITEMS", "TERMINATED", "BY"})) storage.collection_items_terminated_by = TRY(ParseStringLiteral());
  if (AcceptWords({"MAP", "KEYS", "TERMINATED", "BY"})) storage.map_keys_terminated_by = TRY(ParseStringLiteral());
  if (AcceptWords({"LINES", "TERMINATED", "BY"})) storage.lines_terminated_by = TRY(ParseStringLiteral());
  if (AcceptWords({"NULL", "DEFINED", "AS"})) storage.null_defined_as = TRY(ParseStringLiteral());
  return Status::OK();
}

// [COLUMN] old new type [COMMENT 's'] [FIRST | AFTER c]
Result<PlacedColumn> Parser::ParseHiveChangeColumn() {
  PlacedColumn placed;
  placed.column.position = Here();
  placed.column.name = TRY(ParseIdentifier());
  placed.column.type = TRY(ParseType());
  placed.column.comment = TRY(ParseOptionalComment());
  placed.column.position = Since(placed.column.position);
  if (Accept("FIRST")) {
    placed.place = ColumnPlace::kFirst;
  } else if (Accept("AFTER")) {
    placed.place = ColumnPlace::kAfter;
    placed.after = TRY(ParseIdentifier());
  }
  return placed;
}

// After ALTER TABLE t: the actions that Flink's own dialect does not have. False: none of them.
Result<bool> Parser::ParseHiveAlterAction(AlterTable& alter) {
  alter.partition = TRY(ParseOptionalPartition(false));
  if (AcceptWords({"SET", "TBLPROPERTIES"})) {
    alter.action = SetOptions{TRY(ParseHiveProperties())};
  } else if (AcceptWords({"UNSET", "TBLPROPERTIES"})) {
    alter.action = ResetOptions{TRY(ParseKeys())};
  } else if (AcceptWords({"SET", "LOCATION"})) {
    alter.action = SetLocation{TRY(ParseStringLiteral())};
  } else if (AcceptWords({"SET", "FILEFORMAT"})) {
    alter.action = SetFileFormat{TRY(ParseIdentifier())};
  } else if (AcceptWords({"SET", "SERDEPROPERTIES"})) {
    alter.action = SetSerde{std::nullopt, TRY(ParseHiveProperties())};
  } else if (AcceptWords({"SET", "SERDE"})) {
    SetSerde serde;
    serde.serde = TRY(ParseStringLiteral());
    if (AcceptWords({"WITH", "SERDEPROPERTIES"})) serde.properties = TRY(ParseHiveProperties());
    alter.action = std::move(serde);
  } else if (AtWords({"ADD", "COLUMNS"}) || AtWords({"REPLACE", "COLUMNS"})) {
    ChangeSchema change;
    change.kind = At("ADD") ? ChangeSchema::Kind::kAdd : ChangeSchema::Kind::kReplace;
    at_ += 2;
    std::vector<ColumnDefinition> columns = TRY(ParseHiveColumns());
    for (ColumnDefinition& column : columns) {
      PlacedColumn placed;
      placed.column = std::move(column);
      change.columns.push_back(std::move(placed));
    }
    if (!Accept("CASCADE")) Accept("RESTRICT");
    alter.action = std::move(change);
  } else if (Accept("CHANGE")) {
    Accept("COLUMN");
    ChangeColumn change;
    change.from = TRY(ParseIdentifier());
    change.to = TRY(ParseHiveChangeColumn());
    if (!Accept("CASCADE")) Accept("RESTRICT");
    alter.action = std::move(change);
  } else if (!alter.partition.empty()) {
    TRY(ExpectWords({"RENAME", "TO", "PARTITION"}));
    alter.action = RenamePartition{TRY(ParsePartitionSpec(false))};
  } else {
    return false;
  }
  return true;
}

}  // namespace tarn::sql::internal
