// Prints CREATE TABLE and ALTER TABLE of both dialects.
#include "sql/printer_internal.h"

namespace tarn::sql::internal {

void Printer::AddColumn(const ColumnDefinition& column) {
  AddIdentifier(column.name);
  if (column.type) {
    Add(" ");
    PrintType(*column.type);
  }
  if (const ComputedColumn* computed = std::get_if<ComputedColumn>(&column.kind)) {
    Add(" AS ");
    PrintExpr(computed->expr);
  } else if (const MetadataColumn* metadata = std::get_if<MetadataColumn>(&column.kind)) {
    Add(" METADATA");
    if (metadata->key) {
      Add(" FROM ");
      AddString(*metadata->key);
    }
    AddIf(metadata->is_virtual, " VIRTUAL");
  } else if (const PhysicalColumn* physical = std::get_if<PhysicalColumn>(&column.kind); physical->constraint) {
    Add(" ");
    AddConstraint(*physical->constraint);
  }
  AddComment(column.comment, " ");
}

void Printer::AddConstraint(const TableConstraint& constraint) {
  if (constraint.name) {
    Add("CONSTRAINT ");
    AddIdentifier(*constraint.name);
    Add(" ");
  }
  Add(constraint.unique ? "UNIQUE" : "PRIMARY KEY");
  if (!constraint.columns.empty()) {
    Add(" (");
    AddIdentifiers(constraint.columns);
    Add(")");
  }
  if (!constraint.enforced) return;
  if (hive()) {
    Add(*constraint.enforced ? " ENFORCED" : " DISABLE NOVALIDATE RELY");
  } else {
    Add(*constraint.enforced ? " ENFORCED" : " NOT ENFORCED");
  }
}

void Printer::AddWatermark(const WatermarkDefinition& watermark) {
  Add("WATERMARK FOR ");
  PrintName(watermark.column);
  Add(" AS ");
  PrintExpr(watermark.expr);
}

void Printer::AddDistribution(const Distribution& distribution) {
  if (!distribution.columns.empty()) {
    Add("BY ");
    if (distribution.kind == DistributionKind::kHash) Add("HASH");
    if (distribution.kind == DistributionKind::kRange) Add("RANGE");
    Add("(");
    AddIdentifiers(distribution.columns);
    Add(")");
    AddIf(distribution.buckets.has_value(), " ");
  }
  if (!distribution.buckets) return;
  Add("INTO ");
  AddNumber(*distribution.buckets);
  Add(" BUCKETS");
}

void Printer::AddPlacedColumn(const PlacedColumn& placed) {
  AddColumn(placed.column);
  if (placed.place == ColumnPlace::kFirst) Add(" FIRST");
  if (placed.place == ColumnPlace::kAfter) {
    Add(" AFTER ");
    AddIdentifier(*placed.after);
  }
}

void Printer::AddCreateTableHead(const CreateTable& table) {
  Add(table.replace ? "REPLACE " : table.create_or_replace ? "CREATE OR REPLACE " : "CREATE ");
  AddIf(table.temporary, "TEMPORARY ");
  AddIf(table.external, "EXTERNAL ");
  Add("TABLE ");
  AddIf(table.if_not_exists, "IF NOT EXISTS ");
  PrintName(table.name);
}

void Printer::AddCreateTable(const CreateTable& table) {
  if (table.hive) return AddHiveCreateTable(table);
  AddCreateTableHead(table);
  bool elements = !table.columns.empty() || !table.constraints.empty() || !table.watermarks.empty();
  if (elements) {
    Add(" (");
    std::string_view separator = "\n  ";
    auto each = [&](const auto& list, auto print) {
      for (const auto& item : list) {
        Add(separator);
        separator = ",\n  ";
        print(item);
      }
    };
    each(table.columns, [&](const ColumnDefinition& column) { AddColumn(column); });
    each(table.constraints, [&](const TableConstraint& constraint) { AddConstraint(constraint); });
    each(table.watermarks, [&](const WatermarkDefinition& watermark) { AddWatermark(watermark); });
    Add("\n)");
  }
  AddComment(table.comment, "\n");
  if (table.distribution) {
    Add("\nDISTRIBUTED ");
    AddDistribution(*table.distribution);
    Add("\n");      // Flink leaves an empty line here
  }
  if (!table.partitioned_by.empty()) {
    Add("\nPARTITIONED BY (");
    AddIdentifiers(table.partitioned_by);
    Add(")");
  }
  AddWith(table.options, table.comment || table.distribution || !table.partitioned_by.empty() ? "\n" : " ");
  if (table.like) {
    Add("\nLIKE ");
    PrintName(table.like->source);
    if (!table.like->options.empty()) {
      Add(" (");
      for (const LikeOption& option : table.like->options) {
        switch (option.strategy) {
          case MergingStrategy::kIncluding: Add("\n  INCLUDING "); break;
          case MergingStrategy::kExcluding: Add("\n  EXCLUDING "); break;
          case MergingStrategy::kOverwriting: Add("\n  OVERWRITING "); break;
        }
        switch (option.feature) {
          case LikeFeature::kAll: Add("ALL"); break;
          case LikeFeature::kConstraints: Add("CONSTRAINTS"); break;
          case LikeFeature::kDistribution: Add("DISTRIBUTION"); break;
          case LikeFeature::kGenerated: Add("GENERATED"); break;
          case LikeFeature::kMetadata: Add("METADATA"); break;
          case LikeFeature::kOptions: Add("OPTIONS"); break;
          case LikeFeature::kPartitions: Add("PARTITIONS"); break;
          case LikeFeature::kWatermarks: Add("WATERMARKS"); break;
        }
      }
      Add("\n)");
    }
  }
  if (table.query) {
    Add("\nAS\n");
    PrintQuery(*table.query);
  }
}

// -------------------------------------------------------------------------------------------------------- Hive dialect

void Printer::AddHiveColumns(const std::vector<ColumnDefinition>& columns) {
  Add("(");
  AddList(columns, ",", [&](const ColumnDefinition& column) {
    Add("\n  ");
    AddColumn(column);
  });
}

void Printer::AddHiveRowFormat(const HiveStorage& storage) {
  auto clause = [&](std::string_view words, const Text& text) {
    if (!text) return;
    Add(words);
    AddString(*text);
  };
  if (storage.row_format_serde) {
    clause("\nROW FORMAT SERDE ", storage.row_format_serde);
    if (!storage.serde_properties.empty()) {
      Add("\nWITH SERDEPROPERTIES ");
      AddOptions(storage.serde_properties);
    }
  } else if (storage.delimited) {
    Add("\nROW FORMAT DELIMITED");
    clause("\n  FIELDS TERMINATED BY ", storage.fields_terminated_by);
    clause(" ESCAPED BY ", storage.escaped_by);
    clause("\n  COLLECTION ITEMS TERMINATED BY ", storage.collection_items_terminated_by);
    clause("\n  MAP KEYS TERMINATED BY ", storage.map_keys_terminated_by);
    clause("\n  LINES TERMINATED BY ", storage.lines_terminated_by);
    clause("\n  NULL DEFINED AS ", storage.null_defined_as);
  }
  if (storage.stored_as) {
    Add("\nSTORED AS ");
    AddIdentifier(*storage.stored_as);
  }
  if (storage.input_format) {
    clause("\nSTORED AS INPUTFORMAT ", storage.input_format);
    clause("\n  OUTPUTFORMAT ", storage.output_format);
  }
  if (storage.stored_by) {
    clause("\nSTORED BY ", storage.stored_by);
    if (!storage.row_format_serde && !storage.serde_properties.empty()) {
      Add("\nWITH SERDEPROPERTIES ");
      AddOptions(storage.serde_properties);
    }
  }
  clause("\nLOCATION ", storage.location);
}

void Printer::AddHiveCreateTable(const CreateTable& table) {
  const HiveStorage& storage = *table.hive;
  AddCreateTableHead(table);
  if (table.like) {
    Add("\nLIKE ");
    PrintName(table.like->source);
  } else if (!table.columns.empty()) {
    Add(" ");
    AddHiveColumns(table.columns);
    for (const TableConstraint& constraint : table.constraints) {
      Add(",\n  ");
      AddConstraint(constraint);
    }
    Add("\n)");
  }
  AddComment(table.comment, "\n");
  if (!storage.partition_columns.empty()) {
    Add("\nPARTITIONED BY ");
    AddHiveColumns(storage.partition_columns);
    Add("\n)");
  }
  if (!table.partitioned_by.empty()) {
    Add("\nPARTITIONED BY (");
    AddIdentifiers(table.partitioned_by);
    Add(")");
  }
  if (!storage.clustered_by.empty()) {
    Add("\nCLUSTERED BY (");
    AddIdentifiers(storage.clustered_by);
    Add(")");
    if (!storage.sorted_by.empty()) {
      Add(" SORTED BY (");
      AddOrderItems(storage.sorted_by);
      Add(")");
    }
    Add(" INTO ");
    AddNumber(storage.buckets.value_or(0));
    Add(" BUCKETS");
  }
  AddHiveRowFormat(storage);
  if (!table.options.empty()) {
    Add("\nTBLPROPERTIES ");
    AddOptions(table.options);
  }
  if (table.query) {
    Add("\nAS\n");
    PrintQuery(*table.query);
  }
}

// --------------------------------------------------------------------------------------------------------- ALTER TABLE

struct AlterPrinter {
  Printer& p;

  void operator()(const RenameTable& a) {
    p.Add(" RENAME TO ");
    p.PrintName(a.to);
  }
  void operator()(const RenameColumn& a) {
    p.Add(" RENAME ");
    p.PrintName(a.from);
    p.Add(" TO ");
    p.AddIdentifier(a.to);
  }
  void operator()(const ChangeSchema& a) {
    switch (a.kind) {
      case ChangeSchema::Kind::kAdd: p.Add(" ADD "); break;
      case ChangeSchema::Kind::kModify: p.Add(" MODIFY "); break;
      case ChangeSchema::Kind::kReplace: p.Add(" REPLACE "); break;
    }
    if (a.distribution) {
      p.Add("DISTRIBUTION ");
      p.AddDistribution(*a.distribution);
      return;
    }
    p.Add(p.hive() ? "COLUMNS (" : "(");
    std::string_view separator = "\n  ";
    auto each = [&](const auto& list, auto print) {
      for (const auto& item : list) {
        p.Add(separator);
        separator = ",\n  ";
        print(item);
      }
    };
    each(a.columns, [&](const PlacedColumn& column) { p.AddPlacedColumn(column); });
    each(a.constraints, [&](const TableConstraint& constraint) { p.AddConstraint(constraint); });
    each(a.watermarks, [&](const WatermarkDefinition& watermark) { p.AddWatermark(watermark); });
    p.Add("\n)");
  }
  void operator()(const DropColumns& a) {
    p.Add(" DROP (\n");
    p.AddList(a.columns, ",\n", [&](const Name& column) {
      p.Add("  ");
      p.PrintName(column);
    });
    p.Add("\n)");
  }
  void operator()(const DropPrimaryKey&) { p.Add(" DROP PRIMARY KEY"); }
  void operator()(const DropConstraint& a) {
    p.Add(" DROP CONSTRAINT ");
    p.AddIdentifier(a.name);
  }
  void operator()(const DropWatermark&) { p.Add(" DROP WATERMARK"); }
  void operator()(const DropDistribution&) { p.Add(" DROP DISTRIBUTION"); }
  void operator()(const SetOptions& a) {
    p.Add(p.hive() ? " SET TBLPROPERTIES " : " SET ");
    p.AddOptions(a.options);
  }
  void operator()(const ResetOptions& a) {
    p.Add(p.hive() ? " UNSET TBLPROPERTIES " : " RESET ");
    p.AddKeys(a.keys);
  }
  void operator()(const AddPartitions& a) {
    p.Add("\nADD");
    p.AddIf(a.if_not_exists, " IF NOT EXISTS");
    for (const NewPartition& partition : a.partitions) {
      p.Add("\n");
      p.AddPartition(partition.spec);
      if (partition.location) {
        p.Add(" LOCATION ");
        p.AddString(*partition.location);
      }
      if (partition.options.empty()) continue;
      p.Add(" WITH (");
      p.AddList(partition.options, ", ", [&](const Option& option) {
        p.AddString(option.key);
        p.Add(" = ");
        p.AddString(option.value);
      });
      p.Add(")");
    }
  }
  void operator()(const DropPartitions& a) {
    p.Add("\nDROP");
    p.AddIf(a.if_exists, " IF EXISTS");
    p.Add("\n");
    p.AddList(a.partitions, ",\n", [&](const PartitionSpec& spec) { p.AddPartition(spec); });
    p.AddIf(a.purge, " PURGE");
  }
  void operator()(const RenamePartition& a) {
    p.Add(" RENAME TO ");
    p.AddPartition(a.to);
  }
  void operator()(const SetLocation& a) {
    p.Add(" SET LOCATION ");
    p.AddString(a.location);
  }
  void operator()(const SetFileFormat& a) {
    p.Add(" SET FILEFORMAT ");
    p.AddIdentifier(a.format);
  }
  void operator()(const SetSerde& a) {
    if (!a.serde) {
      p.Add(" SET SERDEPROPERTIES ");
      p.AddOptions(a.properties);
      return;
    }
    p.Add(" SET SERDE ");
    p.AddString(*a.serde);
    if (a.properties.empty()) return;
    p.Add(" WITH SERDEPROPERTIES ");
    p.AddOptions(a.properties);
  }
  void operator()(const ChangeColumn& a) {
    p.Add(" CHANGE COLUMN ");
    p.AddIdentifier(a.from);
    p.Add(" ");
    p.AddPlacedColumn(a.to);
  }
};

void Printer::AddAlterTable(const AlterTable& alter) {
  Add("ALTER TABLE ");
  AddIf(alter.if_exists, "IF EXISTS ");
  PrintName(alter.name);
  if (!alter.partition.empty()) {
    Add(" ");
    AddPartition(alter.partition);
  }
  std::visit(AlterPrinter{*this}, alter.action);
}

}  // namespace tarn::sql::internal
