#include "metastore/kryo_reader.h"

#include <bit>
#include <cstring>
#include <unordered_map>

#include "base/utf8.h"
#include "metastore/expression.h"

namespace tarn::metastore {

namespace {
// Fields of each class in Kryo's order (by name, all of the class and its parents that are not transient), as the FieldSerializer of
// hive-exec 3.1.3 and 4.0.1 lists them. After the slash: z boolean, b byte, h short, i int, j long, f float, d double, s String,
// e enum, y byte[], L java.time.LocalDate, T java.time.LocalDateTime, D HiveDecimalWritable,
// l long[] (null only), o an object with its class before it.
struct ClassFields { const char* name; const char* fields; };
constexpr ClassFields kClasses[] = {
    {"ql.plan.ExprNodeGenericFuncDesc", "children/o genericUDF/o isSortedExpr/z typeInfo/o"},   // "chidren" until 3.x: the same place
    {"ql.plan.ExprNodeColumnDesc", "column/s isPartitionColOrVirtualCol/z isSkewedCol/z tabAlias/s typeInfo/o"},
    {"ql.plan.ExprNodeConstantDesc", "typeInfo/o value/o"},
    {"serde2.typeinfo.PrimitiveTypeInfo", "typeName/s"},
    {"serde2.typeinfo.VarcharTypeInfo", "length/i typeName/s"},
    {"serde2.typeinfo.CharTypeInfo", "length/i typeName/s"},
    {"serde2.typeinfo.DecimalTypeInfo", "precision/i scale/i typeName/s"},
    {"ql.udf.generic.GenericUDFOPEqual", "compareOI/o compareType/e opDisplayName/s opName/s result/o"},
    {"ql.udf.generic.GenericUDFOPNotEqual", "compareOI/o compareType/e opDisplayName/s opName/s result/o"},
    {"ql.udf.generic.GenericUDFOPLessThan", "compareOI/o compareType/e opDisplayName/s opName/s result/o"},
    {"ql.udf.generic.GenericUDFOPGreaterThan", "compareOI/o compareType/e opDisplayName/s opName/s result/o"},
    {"ql.udf.generic.GenericUDFOPEqualOrLessThan", "compareOI/o compareType/e opDisplayName/s opName/s result/o"},
    {"ql.udf.generic.GenericUDFOPEqualOrGreaterThan", "compareOI/o compareType/e opDisplayName/s opName/s result/o"},
    {"ql.udf.generic.GenericUDFOPEqualNS", "compareOI/o compareType/e opDisplayName/s opName/s result/o"},
    {"ql.udf.generic.GenericUDFOPAnd", "result/o"},
    {"ql.udf.generic.GenericUDFOPOr", "result/o"},
    {"ql.udf.generic.GenericUDFOPNot", "result/o"},
    {"ql.udf.generic.GenericUDFOPNull", "result/o"},
    {"ql.udf.generic.GenericUDFOPNotNull", "result/o"},
    {"ql.udf.generic.GenericUDFIn", "bw/o isInSetConstant/z"},
    {"ql.udf.generic.GenericUDFBetween", "argumentOIs/o egt/o elt/o result/o"},
    {"ql.udf.generic.GenericUDFBridge", "isOperator/z udfClassName/s udfName/s"},
    {"ql.udf.generic.GenericUDFToDate", ""},
    {"ql.udf.generic.GenericUDFToString", ""},
    {"ql.udf.generic.GenericUDFToDecimal", "typeInfo/o"},
    {"ql.udf.generic.GenericUDFTimestamp", "intToTimestampInSeconds/z"},
    {"ql.udf.generic.GenericUDFToVarchar", "typeInfo/o"},
    {"ql.udf.generic.GenericUDFToChar", "typeInfo/o"},
    {"ql.udf.generic.GenericUDFUpper", ""},
    {"ql.udf.generic.GenericUDFLower", ""},
    {"ql.udf.generic.GenericUDFLength", "result/o"},
    {"serde2.objectinspector.primitive.WritableBooleanObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableByteObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableShortObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableIntObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableLongObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableFloatObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableDoubleObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableStringObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableHiveVarcharObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableHiveCharObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableDateObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableTimestampObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableHiveDecimalObjectInspector", "typeInfo/o"},
    {"serde2.objectinspector.primitive.WritableConstantBooleanObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantByteObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantShortObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantIntObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantLongObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantDoubleObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantStringObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantDateObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.WritableConstantHiveDecimalObjectInspector", "typeInfo/o value/D"},
    {"serde2.objectinspector.primitive.WritableConstantTimestampObjectInspector", "typeInfo/o value/o"},
    {"serde2.objectinspector.primitive.JavaStringObjectInspector", "typeInfo/o"},
    {"org.apache.hadoop.io.BooleanWritable", "value/z"},
    {"org.apache.hadoop.io.IntWritable", "value/i"},
    {"org.apache.hadoop.io.LongWritable", "value/j"},
    {"org.apache.hadoop.io.FloatWritable", "value/f"},
    {"org.apache.hadoop.io.DoubleWritable", "value/d"},
    {"org.apache.hadoop.io.Text", "bytes/y length/i"},
    {"serde2.io.DoubleWritable", "value/d"},
    {"serde2.io.ByteWritable", "value/b"},
    {"serde2.io.ShortWritable", "value/h"},
    {"serde2.io.DateWritableV2", "date/o"},
    {"serde2.io.DateWritable", "daysSinceEpoch/i"},
    {"serde2.io.TimestampWritableV2", "bytesEmpty/z currentBytes/y externalBytes/y internalBytes/y offset/i timestamp/o timestampEmpty/z"},
    {"serde2.io.TimestampWritable", "bytesEmpty/z currentBytes/y externalBytes/y internalBytes/y offset/i timestamp/o timestampEmpty/z"},
    {"serde2.io.HiveDecimalWritable", "fast0/j fast1/j fast2/j fastIntegerDigitCount/i fastScale/i fastSerializationScale/i fastSignum/i internalScratchBuffer/y internalScratchLongs/l isSet/z"},
    {"common.type.HiveVarchar", "value/s"},
    {"common.type.HiveChar", "value/s"},
    {"common.type.Date", "localDate/L"},
    {"common.type.Timestamp", "localDateTime/T"},
    {"common.type.HiveDecimal", "fast0/j fast1/j fast2/j fastIntegerDigitCount/i fastScale/i fastSerializationScale/i fastSignum/i"},
};
constexpr std::string_view kHive = "org.apache.hadoop.hive.";

const ClassFields* FindClass(std::string_view name) {
  if (name.starts_with(kHive)) name.remove_prefix(kHive.size());
  for (const ClassFields& c : kClasses) if (name == c.name) return &c;
  return nullptr;
}

Status Corrupt(const char* what) { return Status::Corrupt(std::string("serialised expression: ") + what); }

// Days since 1970-01-01 of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
int64_t Days(int64_t y, int64_t m, int64_t d) {
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

}  // namespace

const KryoObject& KryoObject::Field(std::string_view name) const {
  static const KryoObject none;
  if (kind != kObject) return none;
  const ClassFields* c = FindClass(class_name);
  size_t i = 0;
  for (const char* f = c->fields; *f && i < items.size(); ++i) {
    const char* slash = std::strchr(f, '/');
    if (name == std::string_view(f, static_cast<size_t>(slash - f))) return items[i] ? *items[i] : none;
    f = slash + 2;
    if (*f == ' ') ++f;
  }
  return none;
}

class KryoReader {
 public:
  KryoReader(std::string_view in, KryoGraph::Dialect dialect, KryoGraph* graph) : in_(in), five_(dialect == KryoGraph::Dialect::kKryo5), graph_(graph) {}

  Result<const KryoObject*> Root() {
    const ClassFields* want = FindClass("ql.plan.ExprNodeGenericFuncDesc");
    if (five_) {
      Class c = TRY(ReadClass());
      if (c.fields != want) return Corrupt("its first class is no function");
    }
    const KryoObject* root = TRY(Referenced(Class{.fields = want}, false));
    if (at_ != in_.size()) return Corrupt("bytes are left over");
    return root;
  }

 private:
  // What stands before an object: nothing, one of Kryo's own classes (by number), a list, an array, or one of the table.
  struct Class {
    enum Kind : uint8_t { kTable, kNull, kPrimitive, kSqlDate, kSqlTimestamp, kList, kArray } kind = kTable;
    int primitive = 0;
    const ClassFields* fields = nullptr;
  };

  Result<uint8_t> Byte() {
    if (at_ >= in_.size()) return Corrupt("it ends too early");
    return static_cast<uint8_t>(in_[at_++]);
  }
  Result<uint64_t> Varint() {   // up to 9 bytes; the ninth holds 8 bits
    uint64_t v = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      uint8_t b = TRY(Byte());
      if (shift == 56) return v | static_cast<uint64_t>(b) << 56;
      v |= static_cast<uint64_t>(b & 0x7f) << shift;
      if (!(b & 0x80)) return v;
    }
    return v;
  }
  Result<int64_t> Zigzag() {
    uint64_t v = TRY(Varint());
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  Result<uint64_t> Fixed(size_t n) {   // Kryo 3 writes the high byte first, Kryo 5 the low one
    if (in_.size() - at_ < n) return Corrupt("it ends too early");
    uint64_t v = 0;
    for (size_t i = 0; i < n; ++i) v |= static_cast<uint64_t>(static_cast<uint8_t>(in_[at_ + i])) << (8 * (five_ ? i : n - 1 - i));
    at_ += n;
    return v;
  }
  Result<std::string> Text() {
    uint8_t b = TRY(Byte());
    std::string out;
    if (!(b & 0x80)) {   // ASCII of two characters or more; the last one has the high bit set
      out += static_cast<char>(b);
      do {
        b = TRY(Byte());
        out += static_cast<char>(b & 0x7f);
      } while (!(b & 0x80));
      return out;
    }
    uint64_t n = b & 0x3f;
    if (b & 0x40) {
      for (int shift = 6; shift < 34; shift += 7) {
        b = TRY(Byte());
        n |= static_cast<uint64_t>(b & 0x7f) << shift;
        if (!(b & 0x80)) break;
      }
    }
    if (n == 0) return Corrupt("a null text where there must be one");
    --n;
    if (n > in_.size() - at_) return Corrupt("a text is longer than the rest");
    for (uint64_t i = 0; i < n; ++i) {
      uint32_t c = TRY(Unit());
      if (c >= 0xd800 && c < 0xdc00 && i + 1 < n) {   // two UTF-16 units are one character
        uint32_t low = TRY(Unit());
        ++i;
        c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
      }
      if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
      AppendUtf8(c, &out);
    }
    return out;
  }
  Result<uint32_t> Unit() {
    uint32_t b = TRY(Byte());
    if (b < 0x80) return b;
    uint32_t b2 = TRY(Byte());
    if ((b & 0xe0) == 0xc0) return (b & 0x1f) << 6 | (b2 & 0x3f);
    uint32_t b3 = TRY(Byte());
    return (b & 0x0f) << 12 | (b2 & 0x3f) << 6 | (b3 & 0x3f);
  }

  Result<Class> ReadClass() {
    uint64_t id = TRY(Varint());
    if (id == 0) return Class{.kind = Class::kNull};
    if (id > 1) {   // Kryo's own: int, String, float, boolean, byte, char, short, long, double
      // Hive gives its two serialisers of java.sql the next numbers after Kryo's last, void.
      if (id - 2 == 10) return Class{.kind = Class::kSqlDate};
      if (id - 2 == 11) return Class{.kind = Class::kSqlTimestamp};
      if (id - 2 > 8) return Status::NotSupported("class number " + std::to_string(id - 2) + " in a serialised expression");
      return Class{.kind = Class::kPrimitive, .primitive = static_cast<int>(id - 2)};
    }
    uint64_t name_id = TRY(Varint());
    if (name_id < graph_->names_.size()) return ClassOf(*graph_->names_[name_id]);
    if (name_id != graph_->names_.size()) return Corrupt("a class name is missing");
    graph_->names_.push_back(std::make_unique<std::string>(TRY(Text())));
    return ClassOf(*graph_->names_.back());
  }
  static Result<Class> ClassOf(const std::string& name) {
    if (name == "java.util.ArrayList" || name == "java.util.LinkedList") return Class{.kind = Class::kList};
    if (name == "[Lorg.apache.hadoop.hive.serde2.objectinspector.ObjectInspector;") return Class{.kind = Class::kArray};
    const ClassFields* c = FindClass(name);
    if (!c) return Status::NotSupported("class " + name.substr(0, 200) + " in a serialised expression");
    return Class{.fields = c};
  }

  KryoObject* Make(KryoObject::Kind kind) {
    graph_->objects_.push_back(std::make_unique<KryoObject>());
    graph_->objects_.back()->kind = kind;
    return graph_->objects_.back().get();
  }

  // An object of a known class behind its reference mark. Null when the mark says so and it may.
  Result<const KryoObject*> Referenced(Class c, bool may_be_null) {
    if (graph_->objects_.size() > Expression::kObjectsMax) return Status::Exhausted("serialised expression has too many objects");
    uint64_t mark = TRY(Varint());
    if (mark == 0) {
      if (!may_be_null) return Corrupt("a null where there must be an object");
      return nullptr;
    }
    if (mark > 1) {
      if (mark - 2 >= references_.size()) return Corrupt("a reference to an object that is not there");
      return references_[mark - 2];
    }
    KryoObject* o = Make(KryoObject::kObject);
    references_.push_back(o);
    TRY(Content(c, o));
    return o;
  }
  Result<const KryoObject*> Any() {
    if (graph_->objects_.size() > Expression::kObjectsMax) return Status::Exhausted("serialised expression has too many objects");
    Class c = TRY(ReadClass());
    if (c.kind == Class::kNull) return nullptr;
    if (c.kind == Class::kPrimitive && c.primitive != 1) {   // boxed numbers are no references
      KryoObject* o = Make(KryoObject::kInteger);
      TRY(Primitive("isfzbchjd"[c.primitive], o));
      return o;
    }
    return Referenced(c, false);
  }

  Status Content(Class c, KryoObject* o) {
    if (++depth_ > Expression::kDepthMax) return Status::Exhausted("serialised expression is too deep");
    Status s = ContentInner(c, o);
    --depth_;
    return s;
  }
  Status ContentInner(Class c, KryoObject* o) {
    switch (c.kind) {
      case Class::kNull: return Corrupt("a null where there must be an object");
      case Class::kPrimitive: o->kind = KryoObject::kText; o->text = TRY(Text()); return Status::OK();
      case Class::kSqlDate:
        o->kind = KryoObject::kMomentDate;
        o->number = static_cast<int64_t>(TRY(Fixed(8)));
        return Status::OK();
      case Class::kSqlTimestamp:
        o->kind = KryoObject::kMoment;
        o->number = static_cast<int64_t>(TRY(Fixed(8)));
        o->nanos = static_cast<int32_t>(TRY(Fixed(4)));
        return Status::OK();
      case Class::kList: return List(o);
      case Class::kArray: {
        o->kind = KryoObject::kList;
        uint64_t n = TRY(Varint());
        if (n == 0 || n - 1 > in_.size() - at_) return Corrupt("an array's length");
        for (uint64_t i = 1; i < n; ++i) o->items.push_back(TRY(Any()));
        return Status::OK();
      }
      case Class::kTable: break;
    }
    o->class_name = c.fields->name;
    for (const char* f = c.fields->fields; *f;) {
      const char* slash = std::strchr(f, '/');
      o->items.push_back(TRY(ReadField(slash[1])));
      f = slash + 2;
      if (*f == ' ') ++f;
    }
    return Status::OK();
  }
  Status List(KryoObject* o) {
    o->kind = KryoObject::kList;
    if (!five_) {
      uint64_t n = TRY(Varint());
      if (n > in_.size() - at_) return Corrupt("a list's length");
      for (uint64_t i = 0; i < n; ++i) o->items.push_back(TRY(Any()));
      return Status::OK();
    }
    // Kryo 5: the length plus one, with a flag (elements are of one class, which follows once) in the first byte's high bit.
    uint8_t b = TRY(Byte());
    uint64_t n = b & 0x3f;
    if (b & 0x40) n |= TRY(Varint()) << 6;
    if (n == 0 || n - 1 > in_.size() - at_) return Corrupt("a list's length");
    --n;
    if (!(b & 0x80)) {
      for (uint64_t i = 0; i < n; ++i) o->items.push_back(TRY(Any()));
      return Status::OK();
    }
    Class c = TRY(ReadClass());
    if (c.kind == Class::kNull) {   // nothing but nulls
      o->items.resize(n);
      return Status::OK();
    }
    bool nulls = TRY(Byte()) != 0;
    for (uint64_t i = 0; i < n; ++i) {
      if (c.kind == Class::kPrimitive && c.primitive != 1) return Status::NotSupported("a list of numbers in a serialised expression");
      o->items.push_back(TRY(Referenced(c, nulls)));
    }
    return Status::OK();
  }
  Status Primitive(char kind, KryoObject* o) {
    switch (kind) {
      case 'z': o->kind = KryoObject::kBool; o->number = TRY(Byte()) != 0; break;
      case 'b': o->number = static_cast<int8_t>(TRY(Byte())); break;
      case 'h': o->number = static_cast<int16_t>(TRY(Fixed(2))); break;
      case 'c': o->number = static_cast<int64_t>(TRY(Fixed(2))); break;
      case 'i': o->number = static_cast<int32_t>(TRY(Zigzag())); break;
      case 'j': o->number = TRY(Zigzag()); break;
      case 'f': o->kind = KryoObject::kReal; o->real = static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(TRY(Fixed(4))))); break;
      default: o->kind = KryoObject::kReal; o->real = std::bit_cast<double>(TRY(Fixed(8))); break;
    }
    return Status::OK();
  }
  Result<const KryoObject*> ReadField(char kind) {
    if (kind == 'o') return Any();
    if (kind == 's') return Referenced(Class{.kind = Class::kPrimitive, .primitive = 1}, true);
    if (kind == 'D') return Referenced(Class{.fields = FindClass("serde2.io.HiveDecimalWritable")}, true);
    if (kind == 'l') {
      if (TRY(Varint()) != 0) return Status::NotSupported("an array of numbers in a serialised expression");
      return nullptr;
    }
    if (kind != 'e' && kind != 'y' && kind != 'L' && kind != 'T') {
      KryoObject* o = Make(KryoObject::kInteger);
      TRY(Primitive(kind, o));
      return o;
    }
    uint64_t mark = TRY(Varint());
    if (mark == 0) return nullptr;
    if (kind == 'e' && five_) {   // Kryo 5 keeps no reference to an enum
      KryoObject* o = Make(KryoObject::kInteger);
      o->number = static_cast<int64_t>(TRY(Varint())) - 1;
      return o;
    }
    if (mark > 1) {
      if (mark - 2 >= references_.size()) return Corrupt("a reference to an object that is not there");
      return references_[mark - 2];
    }
    KryoObject* o = Make(KryoObject::kInteger);
    references_.push_back(o);
    if (kind == 'e') {
      o->number = static_cast<int64_t>(TRY(Varint())) - 1;
    } else if (kind == 'y') {
      o->kind = KryoObject::kBytes;
      uint64_t n = TRY(Varint());
      if (n == 0 || n - 1 > in_.size() - at_) return Corrupt("a byte array's length");
      o->text = in_.substr(at_, n - 1);
      at_ += n - 1;
    } else if (kind == 'L') {
      o->kind = KryoObject::kDate;
      TRY(Date(&o->number));
    } else {
      o->kind = KryoObject::kTimestamp;
      TRY(DateTime(o));
    }
    return o;
  }
  Status Date(int64_t* days) {
    int64_t year, month, day;
    if (five_) {
      year = static_cast<int32_t>(TRY(Varint()));
      month = TRY(Byte());
      day = TRY(Byte());
    } else {   // the fields of LocalDate
      day = static_cast<int16_t>(TRY(Fixed(2)));
      month = static_cast<int16_t>(TRY(Fixed(2)));
      year = static_cast<int32_t>(TRY(Zigzag()));
    }
    if (month < 1 || month > 12 || day < 1 || day > 31 || year < -999'999 || year > 999'999) return Corrupt("a date that is none");
    *days = Days(year, month, day);
    return Status::OK();
  }
  Status DateTime(KryoObject* o) {
    int64_t days = 0, hour, minute = 0, second = 0, nano = 0;
    if (five_) {   // what is 0 at the end is left out: the last part that is there is written with its bits turned
      TRY(Date(&days));
      hour = static_cast<int8_t>(TRY(Byte()));
      if (hour < 0) hour = ~hour;
      else if ((minute = static_cast<int8_t>(TRY(Byte()))) < 0) minute = ~minute;
      else if ((second = static_cast<int8_t>(TRY(Byte()))) < 0) second = ~second;
      else nano = static_cast<int64_t>(TRY(Varint()));
    } else {       // the fields of LocalDateTime: date, time; of LocalTime: hour, minute, nano, second
      const KryoObject* date = TRY(ReadField('L'));
      if (!date || date->kind != KryoObject::kDate) return Corrupt("a timestamp without its date");
      days = date->number;
      uint64_t mark = TRY(Varint());
      if (mark > 1) {
        if (mark - 2 >= references_.size() || references_[mark - 2]->kind != KryoObject::kTimestamp) return Corrupt("a timestamp without its time");
        const KryoObject& time = *references_[mark - 2];
        o->number = days * 86400 + time.number;
        o->nanos = time.nanos;
        return Status::OK();
      }
      if (mark == 0) return Corrupt("a timestamp without its time");
      KryoObject* time = Make(KryoObject::kTimestamp);
      references_.push_back(time);
      hour = static_cast<int8_t>(TRY(Byte()));
      minute = static_cast<int8_t>(TRY(Byte()));
      nano = static_cast<int32_t>(TRY(Zigzag()));
      second = static_cast<int8_t>(TRY(Byte()));
      time->number = hour * 3600 + minute * 60 + second;
      time->nanos = static_cast<int32_t>(nano);
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || nano < 0 || nano > 999'999'999) return Corrupt("a time that is none");
    o->number = days * 86400 + hour * 3600 + minute * 60 + second;
    o->nanos = static_cast<int32_t>(nano);
    return Status::OK();
  }

  std::string_view in_;
  size_t at_ = 0;
  const bool five_;
  int depth_ = 0;
  KryoGraph* graph_;
  std::vector<const KryoObject*> references_;
};

Result<KryoGraph> KryoGraph::Read(std::string_view bytes, Dialect dialect) {
  KryoGraph graph;
  KryoReader reader(bytes, dialect, &graph);
  graph.root_ = TRY(reader.Root());
  return graph;
}

}  // namespace tarn::metastore
