// tarn metastore copy | dump | load | check: the work on a whole catalog that a process does and then ends.
// Threads: one. Exit codes: 0 done; 3 check found something that is still so; 130, 143 interrupted (it
// said how far it came); an error is a Status.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "metastore/service.h"

namespace tarn::metastore {

struct CatalogCommand {
  std::string verb;              // copy, dump, load, check; "": none, serve
  std::string from;              // thrift://host:port of another metastore; copy needs it, dump and check may have it instead of --data
  std::map<std::string, std::string> from_settings;   // how that one is reached: wire/hms_client_settings.h
  std::string from_user, from_password_file;
  std::string file;              // of dump and load; "-" is standard output or input
  bool json = false, repair = false;
  bool secrets = false;          // of dump: delegation tokens and master keys, too; copy always takes them

  static bool IsVerb(const std::string& word) { return word == "copy" || word == "dump" || word == "load" || word == "check"; }
  // An argument after the verb; false: it is not the verb's. `value` is what follows it, for those that take one.
  bool TakeFlag(const std::string& flag);
  Result<bool> TakeValue(const std::string& key, const std::string& value);
  bool TakeWord(const std::string& word);
  Status Check() const;
  bool needs_data() const { return !verb.empty() && (verb == "copy" || verb == "load" || from.empty()); }
};
// `open`: opens the store of --data, for the verbs that need it.
Result<int> RunCatalogCommand(const CatalogCommand& command, const std::function<Result<Service*>()>& open);

}  // namespace tarn::metastore
