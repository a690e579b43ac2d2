#include "lake/delta_schema.h"

#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "error/exception.h"

namespace voxlake::lake::delta {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

struct Primitive {
  const char* name;
  std::shared_ptr<arrow::DataType> type;
};

const std::vector<Primitive>& primitives() {
  static const std::vector<Primitive> list = {
      {"string", arrow::utf8()},
      {"long", arrow::int64()},
      {"integer", arrow::int32()},
      {"double", arrow::float64()},
      {"float", arrow::float32()},
      {"boolean", arrow::boolean()},
      {"timestamp", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")},
  };
  return list;
}

Result<OrderedJson> type_json(const arrow::DataType& type, const std::string& column) {
  for (const Primitive& primitive : primitives()) {
    if (type.Equals(*primitive.type)) return OrderedJson(primitive.name);
  }
  if (type.id() == arrow::Type::LIST) {
    const auto& element = *static_cast<const arrow::ListType&>(type).value_field();
    VOXLAKE_ASSIGN(OrderedJson inner, type_json(*element.type(), column));
    return OrderedJson{{"type", "array"}, {"elementType", std::move(inner)}, {"containsNull", element.nullable()}};
  }
  return failure(ErrorKind::unsupported, "cannot keep column " + column + " of type " + type.ToString() + " in a table");
}

Result<std::shared_ptr<arrow::DataType>> parse_type(const Json& type, const std::string& column, const std::string& table) {
  if (type.is_string()) {
    const auto& name = type.get_ref<const std::string&>();
    for (const Primitive& primitive : primitives()) {
      if (name == primitive.name) return primitive.type;
    }
  } else if (type.is_object() && type.value("type", "") == "array") {
    VOXLAKE_ASSIGN(auto element, parse_type(type.at("elementType"), column, table));
    return arrow::list(arrow::field("element", std::move(element), type.value("containsNull", true)));
  }
  return failure(ErrorKind::unsupported, "cannot read the table " + table + ": its column " + column + " has the type " + type.dump());
}

}  // namespace

Result<std::string> to_schema_string(const arrow::Schema& schema) {
  OrderedJson fields = OrderedJson::array();
  for (const auto& field : schema.fields()) {
    VOXLAKE_ASSIGN(OrderedJson type, type_json(*field->type(), field->name()));
    fields.push_back(
        {{"name", field->name()}, {"type", std::move(type)}, {"nullable", field->nullable()}, {"metadata", OrderedJson::object()}});
  }
  OrderedJson object = {{"type", "struct"}, {"fields", std::move(fields)}};
  return object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<std::shared_ptr<arrow::Schema>> parse_schema_string(std::string_view text, const std::string& table) {
  try {
    Json object = Json::parse(text);
    arrow::FieldVector fields;
    for (const Json& field : object.at("fields")) {
      std::string name = field.at("name").get<std::string>();
      VOXLAKE_ASSIGN(auto type, parse_type(field.at("type"), name, table));
      fields.push_back(arrow::field(std::move(name), std::move(type), field.value("nullable", true)));
    }
    return arrow::schema(std::move(fields));
  } catch (const std::exception& error) {
    return tl::unexpected<Error>(from_exception(error, ErrorKind::corrupt_data, "cannot read the schema of the table " + table));
  }
}

std::string type_name(const arrow::DataType& type) {
  for (const Primitive& primitive : primitives()) {
    if (type.Equals(*primitive.type)) return primitive.name;
  }
  if (type.id() == arrow::Type::LIST) return "array of " + type_name(*static_cast<const arrow::ListType&>(type).value_type());
  return type.ToString();
}

Result<std::shared_ptr<arrow::Schema>> merged_schema(const std::shared_ptr<arrow::Schema>& current, const arrow::Schema& wanted,
                                                     const std::string& table) {
  arrow::FieldVector added;
  for (const auto& field : wanted.fields()) {
    auto existing = current->GetFieldByName(field->name());
    if (existing == nullptr) {
      added.push_back(field->WithNullable(true));
    } else if (type_name(*existing->type()) != type_name(*field->type())) {
      return failure(ErrorKind::conflict,
                     "the table " + table + " keeps " + field->name() + " as " + type_name(*existing->type()) + ", not as " +
                         type_name(*field->type()),
                     "move the table away, or use another lake");
    }
  }
  if (added.empty()) return current;
  arrow::FieldVector fields = current->fields();
  fields.insert(fields.end(), added.begin(), added.end());
  return arrow::schema(std::move(fields));
}

}  // namespace voxlake::lake::delta
