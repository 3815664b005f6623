#include "config/hadoop_site.h"

#include <fstream>
#include <sstream>
#include <string_view>

#include "base/text.h"

namespace tarn::config {

namespace {
std::string Unescape(std::string s) {
  static constexpr std::pair<const char*, const char*> kEntities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
  for (auto [from, to] : kEntities) {
    for (size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += 1) s.replace(at, std::string_view(from).size(), to);
  }
  return s;
}

// The text between <tag> and </tag> within [from, to).
std::string Element(const std::string& xml, const char* tag, size_t from, size_t to) {
  std::string open = "<" + std::string(tag) + ">", close = "</" + std::string(tag) + ">";
  size_t a = xml.find(open, from);
  if (a == std::string::npos || a >= to) return {};
  size_t b = xml.find(close, a);
  if (b == std::string::npos || b > to) return {};
  a += open.size();
  return Unescape(std::string(Trim(std::string_view(xml).substr(a, b - a))));
}
}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> ReadHadoopSite(const std::string& file) {
  std::ifstream in(file);
  if (!in) return Status::InvalidSql("hive-site file " + file + " can't be read");
  std::stringstream text;
  text << in.rdbuf();
  std::string xml = text.str();
  for (size_t at; (at = xml.find("<!--")) != std::string::npos;) {
    size_t end = xml.find("-->", at);
    xml.erase(at, end == std::string::npos ? std::string::npos : end + 3 - at);
  }
  if (xml.find("<configuration") == std::string::npos) return Status::InvalidSql("hive-site file " + file + " has no <configuration>");
  std::vector<std::pair<std::string, std::string>> out;
  for (size_t at = 0; (at = xml.find("<property>", at)) != std::string::npos;) {
    size_t end = xml.find("</property>", at);
    if (end == std::string::npos) return Status::InvalidSql("hive-site file " + file + " ends within a <property>");
    std::string key = Element(xml, "name", at, end);
    if (!key.empty()) out.emplace_back(std::move(key), Element(xml, "value", at, end));
    at = end;
  }
  return out;
}

}  // namespace tarn::config
