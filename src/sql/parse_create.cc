// CREATE ... of the Flink dialect.
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {

Result<bool> Parser::ParseIfNotExists() {
  if (!Accept("IF")) return false;
  TRY(ExpectWords({"NOT", "EXISTS"}));
  return true;
}

Result<bool> Parser::ParseIfExists() {
  if (!Accept("IF")) return false;
  TRY(Expect("EXISTS"));
  return true;
}

// At CREATE or REPLACE.
Result<Statement::Node> Parser::ParseCreate() {
  CreateTable table;
  if (Accept("REPLACE")) {
    table.replace = true;
    TRY(Expect("TABLE"));
    return ParseCreateTable(std::move(table));
  }
  ++at_;
  if (At("OR")) {
    ++at_;
    TRY(Expect("REPLACE"));
    if (hive() && Accept("VIEW")) return ParseCreateView(false, true);
    table.create_or_replace = true;
    TRY(Expect("TABLE"));
    return ParseCreateTable(std::move(table));
  }
  bool temporary = Accept("TEMPORARY");
  bool system = temporary && At("SYSTEM") && At("FUNCTION", 1) && Accept("SYSTEM");
  if (hive() && Accept("EXTERNAL")) table.external = true;
  if (Accept("TABLE")) {
    table.temporary = temporary;
    return hive() ? ParseHiveCreateTable(std::move(table)) : ParseCreateTable(std::move(table));
  }
  if (table.external) return Unexpected("TABLE");
  if (Accept("VIEW")) return ParseCreateView(temporary, false);
  if (Accept("FUNCTION")) return ParseCreateFunction(temporary, system);
  if (Accept("MODEL")) return ParseCreateModel(temporary);
  if (temporary) return Unexpected();
  if (Accept("CATALOG")) return ParseCreateCatalog();
  if (Accept("DATABASE") || (hive() && Accept("SCHEMA"))) return ParseCreateDatabase();
  if (AcceptWords({"MATERIALIZED", "TABLE"})) return ParseCreateMaterializedTable();
  return Unexpected();
}

// After [CREATE [OR]] [REPLACE] TABLE
Result<Statement::Node> Parser::ParseCreateTable(CreateTable table) {
  table.if_not_exists = TRY(ParseIfNotExists());
  table.name = TRY(ParseName());
  if (AcceptSymbol("(")) {
    TRY(ParseTableElements(table));
    TRY(ExpectSymbol(")"));
  }
  table.comment = TRY(ParseOptionalComment());
  if (Accept("DISTRIBUTED")) table.distribution = TRY(ParseDistribution());
  if (AcceptWords({"PARTITIONED", "BY"})) table.partitioned_by = TRY(ParseIdentifierList());
  if (Accept("WITH")) table.options = TRY(ParseWithOptions());
  bool replacing = table.replace || table.create_or_replace;
  if (!replacing && Accept("LIKE")) {
    table.like = TRY(ParseTableLike());
  } else if (replacing || At("AS")) {
    TRY(Expect("AS"));
    table.query = TRY(ParseQuery());
  }
  return Statement::Node(std::move(table));
}

bool Parser::AtConstraint() const {
  return At("CONSTRAINT") || (At("PRIMARY") && At("KEY", 1)) || At("UNIQUE");
}

Status Parser::ParseTableElements(CreateTable& table) {
  do {
    if (At("WATERMARK")) {
      table.watermarks.push_back(TRY(ParseWatermark()));
    } else if (AtConstraint()) {
      table.constraints.push_back(TRY(ParseConstraint()));
      if (table.constraints.back().columns.empty()) return Unexpected("(");
    } else {
      table.columns.push_back(TRY(ParseColumnDefinition()));
    }
  } while (AcceptSymbol(","));
  return Status::OK();
}

// c type [constraint] [COMMENT] | c type METADATA [FROM 'key'] [VIRTUAL] [COMMENT] | c AS expr [COMMENT]
Result<ColumnDefinition> Parser::ParseColumnDefinition() {
  Position start = Here();
  ColumnDefinition column;
  column.name = TRY(ParseIdentifier());
  if (Accept("AS")) {
    column.kind = ComputedColumn{TRY(ParseExpr())};
  } else {
    if (At("INTERVAL")) return Unexpected();      // a type of expressions only
    column.type = TRY(ParseType());
    if (Accept("METADATA")) {
      MetadataColumn metadata;
      if (Accept("FROM")) metadata.key = TRY(ParseStringLiteral());
      metadata.is_virtual = Accept("VIRTUAL");
      column.kind = std::move(metadata);
    } else if (AtConstraint()) {
      column.kind = PhysicalColumn{TRY(ParseConstraint())};
    }
  }
  column.comment = TRY(ParseOptionalComment());
  column.position = Since(start);
  return column;
}

Result<WatermarkDefinition> Parser::ParseWatermark() {
  Position start = Here();
  WatermarkDefinition watermark;
  TRY(ExpectWords({"WATERMARK", "FOR"}));
  watermark.column = TRY(ParseName(NameKind::kColumn));
  TRY(Expect("AS"));
  watermark.expr = TRY(ParseExpr());
  watermark.position = Since(start);
  return watermark;
}

// [CONSTRAINT n] {PRIMARY KEY | UNIQUE} [(c, ...)] [[NOT] ENFORCED]
Result<TableConstraint> Parser::ParseConstraint() {
  Position start = Here();
  TableConstraint constraint;
  if (Accept("CONSTRAINT")) constraint.name = TRY(ParseIdentifier());
  if (Accept("UNIQUE")) {
    constraint.unique = true;
  } else {
    TRY(ExpectWords({"PRIMARY", "KEY"}));
  }
  if (AtSymbol("(")) constraint.columns = TRY(ParseIdentifierList());
  if (At("NOT") && At("ENFORCED", 1)) {
    at_ += 2;
    constraint.enforced = false;
  } else if (Accept("ENFORCED")) {
    constraint.enforced = true;
  } else if (hive() && AcceptWords({"DISABLE", "NOVALIDATE"})) {
    constraint.enforced = false;
    if (!Accept("RELY")) Accept("NORELY");
  }
  constraint.position = Since(start);
  return constraint;
}

// After DISTRIBUTED | DISTRIBUTION: BY [HASH | RANGE] (c, ...) [INTO n BUCKETS] | INTO n BUCKETS
Result<Distribution> Parser::ParseDistribution() {
  Position start = Here();
  Distribution distribution;
  if (Accept("BY")) {
    if (Accept("HASH")) {
      distribution.kind = DistributionKind::kHash;
    } else if (Accept("RANGE")) {
      distribution.kind = DistributionKind::kRange;
    }
    distribution.columns = TRY(ParseIdentifierList());
  }
  if (distribution.columns.empty() || At("INTO")) {
    TRY(Expect("INTO"));
    distribution.buckets = TRY(ParseUnsignedInt());
    TRY(Expect("BUCKETS"));
  }
  distribution.position = Since(start);
  return distribution;
}

Result<TableLike> Parser::ParseTableLike() {
  TableLike like;
  like.source = TRY(ParseName(NameKind::kTable));
  if (!AcceptSymbol("(")) return like;
  while (!AtSymbol(")")) {
    LikeOption option;
    if (Accept("EXCLUDING")) {
      option.strategy = MergingStrategy::kExcluding;
    } else if (Accept("OVERWRITING")) {
      option.strategy = MergingStrategy::kOverwriting;
    } else {
      TRY(Expect("INCLUDING"));
    }
    struct Feature { std::string_view word; LikeFeature feature; };
    static constexpr Feature kFeatures[] = {
        {"ALL", LikeFeature::kAll}, {"CONSTRAINTS", LikeFeature::kConstraints}, {"DISTRIBUTION", LikeFeature::kDistribution},
        {"GENERATED", LikeFeature::kGenerated}, {"METADATA", LikeFeature::kMetadata}, {"OPTIONS", LikeFeature::kOptions},
        {"PARTITIONS", LikeFeature::kPartitions}, {"WATERMARKS", LikeFeature::kWatermarks}};
    bool found = false;
    for (const Feature& feature : kFeatures) {
      if (!found && Accept(feature.word)) {
        option.feature = feature.feature;
        found = true;
      }
    }
    if (!found) return Unexpected("ALL");
    like.options.push_back(option);
    AcceptSymbol(",");
  }
  ++at_;
  return like;
}

// After CREATE [TEMPORARY] VIEW
Result<Statement::Node> Parser::ParseCreateView(bool temporary, bool replace) {
  CreateView view;
  view.temporary = temporary;
  view.replace = replace;
  view.if_not_exists = TRY(ParseIfNotExists());
  view.name = TRY(ParseName());
  if (AcceptSymbol("(")) {
    do {
      view.columns.push_back(TRY(ParseIdentifier()));
      if (hive()) view.column_comments.push_back(TRY(ParseOptionalComment()));
    } while (AcceptSymbol(","));
    TRY(ExpectSymbol(")"));
  }
  view.comment = TRY(ParseOptionalComment());
  if (hive() && Accept("TBLPROPERTIES")) view.options = TRY(ParseHiveProperties());
  TRY(Expect("AS"));
  view.query = TRY(ParseQuery());
  return Statement::Node(std::move(view));
}

Result<FunctionLanguage> Parser::ParseFunctionLanguage() {
  if (!Accept("LANGUAGE")) return FunctionLanguage::kNotWritten;
  if (Accept("JAVA")) return FunctionLanguage::kJava;
  if (Accept("SCALA")) return FunctionLanguage::kScala;
  if (Accept("PYTHON")) return FunctionLanguage::kPython;
  return Unexpected("JAVA");
}

Result<Statement::Node> Parser::ParseCreateFunction(bool temporary, bool system) {
  CreateFunction function;
  function.temporary = temporary;
  function.system = system;
  function.if_not_exists = TRY(ParseIfNotExists());
  function.name = TRY(ParseName());
  TRY(Expect("AS"));
  function.identifier = TRY(ParseStringLiteral());
  function.language = TRY(ParseFunctionLanguage());
  if (At("USING")) {
    if (function.language == FunctionLanguage::kPython) {
      return Invalid("CREATE FUNCTION USING JAR syntax is not applicable to PYTHON language.", Here());
    }
    ++at_;
    do {
      TRY(Expect("JAR"));
      function.jars.push_back(TRY(ParseStringLiteral()));
    } while (AcceptSymbol(","));
  }
  return Statement::Node(std::move(function));
}

Result<Statement::Node> Parser::ParseCreateCatalog() {
  CreateCatalog catalog;
  catalog.if_not_exists = TRY(ParseIfNotExists());
  catalog.name = TRY(ParseIdentifier());
  catalog.comment = TRY(ParseOptionalComment());
  if (Accept("WITH")) catalog.options = TRY(ParseWithOptions());
  return Statement::Node(std::move(catalog));
}

Result<Statement::Node> Parser::ParseCreateDatabase() {
  CreateDatabase database;
  database.if_not_exists = TRY(ParseIfNotExists());
  database.name = TRY(ParseName());
  database.comment = TRY(ParseOptionalComment());
  if (hive() && Accept("LOCATION")) database.location = TRY(ParseStringLiteral());
  if (Accept("WITH")) {
    bool properties = hive() && Accept("DBPROPERTIES");
    database.options = properties ? TRY(ParseHiveProperties()) : TRY(ParseWithOptions());
  }
  return Statement::Node(std::move(database));
}

Result<Statement::Node> Parser::ParseCreateMaterializedTable() {
  CreateMaterializedTable table;
  table.name = TRY(ParseName());
  if (AcceptSymbol("(")) {
    if (!AtConstraint()) return Unexpected("PRIMARY");
    table.primary_key = TRY(ParseConstraint());
    TRY(ExpectSymbol(")"));
  }
  table.comment = TRY(ParseOptionalComment());
  if (AcceptWords({"PARTITIONED", "BY"})) table.partitioned_by = TRY(ParseIdentifierList());
  if (Accept("WITH")) table.options = TRY(ParseWithOptions());
  TRY(Expect("FRESHNESS"));
  TRY(ExpectSymbol("="));
  if (!At("INTERVAL")) return Unexpected("INTERVAL");
  table.freshness = TRY(ParseInterval());
  if (Accept("REFRESH_MODE")) {
    TRY(ExpectSymbol("="));
    if (Accept("FULL")) {
      table.refresh_mode = RefreshMode::kFull;
    } else {
      TRY(Expect("CONTINUOUS"));
      table.refresh_mode = RefreshMode::kContinuous;
    }
  }
  TRY(Expect("AS"));
  table.query = TRY(ParseQuery());
  return Statement::Node(std::move(table));
}

Result<Statement::Node> Parser::ParseCreateModel(bool temporary) {
  CreateModel model;
  model.temporary = temporary;
  model.if_not_exists = TRY(ParseIfNotExists());
  model.name = TRY(ParseName());
  auto columns = [&](std::vector<ColumnDefinition>& list) -> Status {
    TRY(ExpectSymbol("("));
    do {
      list.push_back(TRY(ParseColumnDefinition()));
    } while (AcceptSymbol(","));
    return ExpectSymbol(")");
  };
  if (Accept("INPUT")) TRY(columns(model.input));
  if (Accept("OUTPUT")) TRY(columns(model.output));
  model.comment = TRY(ParseOptionalComment());
  if (Accept("WITH")) model.options = TRY(ParseWithOptions());
  return Statement::Node(std::move(model));
}

}  // namespace tarn::sql::internal
