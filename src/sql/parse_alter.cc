// ALTER ... and DROP ... of the Flink dialect; the Hive dialect's further actions are in parse_hive.cc.
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {

Result<Statement::Node> Parser::ParseAlter() {
  ++at_;
  if (Accept("TABLE")) return ParseAlterTable();
  if (Accept("VIEW")) return ParseAlterView();
  if (Accept("DATABASE") || (hive() && Accept("SCHEMA"))) return ParseAlterDatabase();
  if (Accept("CATALOG")) return ParseAlterCatalog();
  if (At("FUNCTION") || At("TEMPORARY")) return ParseAlterFunction();
  if (AcceptWords({"MATERIALIZED", "TABLE"})) return ParseAlterMaterializedTable();
  return Unexpected();
}

Result<Statement::Node> Parser::ParseAlterTable() {
  AlterTable alter;
  alter.if_exists = TRY(ParseIfExists());
  alter.name = TRY(ParseName(NameKind::kTable));
  if (hive() && TRY(ParseHiveAlterAction(alter))) return Statement::Node(std::move(alter));
  bool partitions = (At("ADD") && (At("PARTITION", 1) || At("IF", 1))) || (At("DROP") && (At("PARTITION", 1) || At("IF", 1)));
  if (hive() && !partitions && !AtWords({"RENAME", "TO"})) return Unexpected();      // the rest is of the Flink dialect only
  if (Accept("RENAME")) {
    if (Accept("TO")) {
      alter.action = RenameTable{TRY(ParseName())};
    } else {
      RenameColumn rename;
      rename.from = TRY(ParseName(NameKind::kColumn));
      TRY(Expect("TO"));
      rename.to = TRY(ParseIdentifier());
      alter.action = std::move(rename);
    }
  } else if (Accept("SET")) {
    alter.action = SetOptions{TRY(ParseWithOptions())};
  } else if (Accept("RESET")) {
    alter.action = ResetOptions{TRY(ParseKeys())};
  } else if (Accept("ADD")) {
    if (At("PARTITION") || At("IF")) {
      alter.action = TRY(ParseAddPartitions());
    } else {
      alter.action = TRY(ParseSchemaChange(ChangeSchema::Kind::kAdd));
    }
  } else if (Accept("MODIFY")) {
    alter.action = TRY(ParseSchemaChange(ChangeSchema::Kind::kModify));
  } else if (Accept("DROP")) {
    alter.action = TRY(ParseAlterDrop());
  } else {
    return Unexpected();
  }
  return Statement::Node(std::move(alter));
}

Result<PlacedColumn> Parser::ParsePlacedColumn() {
  PlacedColumn placed;
  placed.column = TRY(ParseColumnDefinition());
  if (Accept("FIRST")) {
    placed.place = ColumnPlace::kFirst;
  } else if (Accept("AFTER")) {
    placed.place = ColumnPlace::kAfter;
    placed.after = TRY(ParseIdentifier(NameKind::kColumn));
  }
  return placed;
}

// After ADD | MODIFY: one element or several in parentheses; or DISTRIBUTION ...
Result<ChangeSchema> Parser::ParseSchemaChange(ChangeSchema::Kind kind) {
  ChangeSchema change;
  change.kind = kind;
  if (Accept("DISTRIBUTION")) {
    change.distribution = TRY(ParseDistribution());
    return change;
  }
  bool list = AcceptSymbol("(");
  do {
    if (At("WATERMARK")) {
      change.watermarks.push_back(TRY(ParseWatermark()));
    } else if (AtConstraint()) {
      change.constraints.push_back(TRY(ParseConstraint()));
    } else {
      change.columns.push_back(TRY(ParsePlacedColumn()));
    }
  } while (list && AcceptSymbol(","));
  if (list) TRY(ExpectSymbol(")"));
  return change;
}

Result<AlterTable::Action> Parser::ParseAddPartitions() {
  AddPartitions add;
  add.if_not_exists = TRY(ParseIfNotExists());
  if (!At("PARTITION")) return Unexpected("PARTITION");
  while (Accept("PARTITION")) {
    NewPartition partition;
    partition.spec = TRY(ParsePartitionSpec(false));
    if (hive() && Accept("LOCATION")) partition.location = TRY(ParseStringLiteral());
    if (!hive() && Accept("WITH")) partition.options = TRY(ParseWithOptions());
    add.partitions.push_back(std::move(partition));
    if (hive()) AcceptSymbol(",");
  }
  return AlterTable::Action(std::move(add));
}

// After DROP: a column, (columns), PRIMARY KEY, CONSTRAINT n, WATERMARK, DISTRIBUTION, [IF EXISTS] PARTITION (...), ...
Result<AlterTable::Action> Parser::ParseAlterDrop() {
  if (AcceptWords({"PRIMARY", "KEY"})) return AlterTable::Action(DropPrimaryKey{});
  if (Accept("CONSTRAINT")) return AlterTable::Action(DropConstraint{TRY(ParseIdentifier())});
  if (Accept("WATERMARK")) return AlterTable::Action(DropWatermark{});
  if (Accept("DISTRIBUTION")) return AlterTable::Action(DropDistribution{});
  bool if_exists = At("IF") && At("EXISTS", 1) && At("PARTITION", 2);
  if (if_exists || At("PARTITION")) {
    DropPartitions drop;
    drop.if_exists = if_exists;
    if (if_exists) at_ += 2;
    do {
      TRY(Expect("PARTITION"));
      drop.partitions.push_back(TRY(ParsePartitionSpec(false)));
    } while (AcceptSymbol(","));
    drop.purge = hive() && Accept("PURGE");
    return AlterTable::Action(std::move(drop));
  }
  DropColumns drop;
  bool list = AcceptSymbol("(");
  do {
    drop.columns.push_back(TRY(ParseName(NameKind::kColumn)));
  } while (list && AcceptSymbol(","));
  if (list) TRY(ExpectSymbol(")"));
  return AlterTable::Action(std::move(drop));
}

Result<Statement::Node> Parser::ParseAlterView() {
  AlterView alter;
  alter.name = TRY(ParseName(NameKind::kTable));
  if (AcceptWords({"RENAME", "TO"})) {
    alter.action = RenameTable{TRY(ParseName())};
  } else if (hive() && AcceptWords({"SET", "TBLPROPERTIES"})) {
    alter.action = SetOptions{TRY(ParseHiveProperties())};
  } else if (hive() && AcceptWords({"UNSET", "TBLPROPERTIES"})) {
    alter.action = ResetOptions{TRY(ParseKeys())};
  } else {
    TRY(Expect("AS"));
    alter.action = SetQuery{TRY(ParseQuery())};
  }
  return Statement::Node(std::move(alter));
}

Result<Statement::Node> Parser::ParseAlterDatabase() {
  AlterDatabase alter;
  alter.name = TRY(ParseName(NameKind::kDatabase));
  TRY(Expect("SET"));
  if (hive() && Accept("DBPROPERTIES")) {
    alter.action = SetOptions{TRY(ParseHiveProperties())};
  } else if (hive() && Accept("LOCATION")) {
    alter.action = SetLocation{TRY(ParseStringLiteral())};
  } else if (hive() && Accept("OWNER")) {
    if (!At("USER") && !At("ROLE") && !At("GROUP")) return Unexpected("USER");
    SetOwner owner;
    owner.kind = tokens_[at_++].upper;
    owner.name = TRY(ParseIdentifier());
    alter.action = std::move(owner);
  } else {
    alter.action = SetOptions{TRY(ParseWithOptions())};
  }
  return Statement::Node(std::move(alter));
}

Result<Statement::Node> Parser::ParseAlterCatalog() {
  AlterCatalog alter;
  alter.name = TRY(ParseIdentifier(NameKind::kCatalog));
  if (Accept("SET")) {
    alter.action = SetOptions{TRY(ParseWithOptions())};
  } else if (Accept("RESET")) {
    alter.action = ResetOptions{TRY(ParseKeys())};
  } else {
    TRY(Expect("COMMENT"));
    alter.action = SetComment{TRY(ParseStringLiteral())};
  }
  return Statement::Node(std::move(alter));
}

Result<Statement::Node> Parser::ParseAlterFunction() {
  AlterFunction alter;
  alter.temporary = Accept("TEMPORARY");
  alter.system = alter.temporary && Accept("SYSTEM");
  TRY(Expect("FUNCTION"));
  alter.if_exists = TRY(ParseIfExists());
  alter.name = TRY(ParseName(NameKind::kFunction));
  TRY(Expect("AS"));
  alter.identifier = TRY(ParseStringLiteral());
  alter.language = TRY(ParseFunctionLanguage());
  return Statement::Node(std::move(alter));
}

Result<Statement::Node> Parser::ParseAlterMaterializedTable() {
  AlterMaterializedTable alter;
  alter.name = TRY(ParseName(NameKind::kTable));
  if (Accept("SUSPEND")) {
    alter.action = Suspend{};
  } else if (Accept("RESUME")) {
    Resume resume;
    if (Accept("WITH")) resume.options = TRY(ParseWithOptions());
    alter.action = std::move(resume);
  } else {
    TRY(Expect("REFRESH"));
    alter.action = Refresh{TRY(ParseOptionalPartition(false))};
  }
  return Statement::Node(std::move(alter));
}

Result<Statement::Node> Parser::ParseDrop() {
  ++at_;
  Drop drop;
  drop.temporary = Accept("TEMPORARY");
  drop.system = drop.temporary && At("SYSTEM") && At("FUNCTION", 1) && Accept("SYSTEM");
  if (Accept("TABLE")) {
    drop.kind = ObjectKind::kTable;
  } else if (Accept("VIEW")) {
    drop.kind = ObjectKind::kView;
  } else if (Accept("FUNCTION")) {
    drop.kind = ObjectKind::kFunction;
  } else if (Accept("MODEL")) {
    drop.kind = ObjectKind::kModel;
  } else if (drop.temporary) {
    return Unexpected();
  } else if (Accept("CATALOG")) {
    drop.kind = ObjectKind::kCatalog;
  } else if (Accept("DATABASE") || (hive() && Accept("SCHEMA"))) {
    drop.kind = ObjectKind::kDatabase;
  } else if (AcceptWords({"MATERIALIZED", "TABLE"})) {
    drop.kind = ObjectKind::kMaterializedTable;
  } else {
    return Unexpected();
  }
  drop.if_exists = TRY(ParseIfExists());
  NameKind wanted = drop.kind == ObjectKind::kDatabase   ? NameKind::kDatabase
                    : drop.kind == ObjectKind::kCatalog  ? NameKind::kCatalog
                    : drop.kind == ObjectKind::kFunction ? NameKind::kFunction
                                                         : NameKind::kTable;
  drop.name = TRY(ParseName(wanted));
  if (drop.kind == ObjectKind::kDatabase) {
    if (Accept("RESTRICT")) {
      drop.behavior = DropBehavior::kRestrict;
    } else if (Accept("CASCADE")) {
      drop.behavior = DropBehavior::kCascade;
    }
  }
  if (hive() && drop.kind == ObjectKind::kTable) drop.purge = Accept("PURGE");
  return Statement::Node(std::move(drop));
}

}  // namespace tarn::sql::internal
