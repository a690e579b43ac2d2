#include "azure/blob_list.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <cstdlib>
#include <memory>

#include "net/retry.h"

namespace voxlake::azure {
namespace {

struct DocumentDeleter {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};

std::string text_of(const xmlNode* node) {
  xmlChar* text = xmlNodeGetContent(node);
  if (text == nullptr) return {};
  std::string copy(reinterpret_cast<const char*>(text));
  xmlFree(text);
  return copy;
}

const xmlNode* child(const xmlNode* node, const char* name) {
  for (const xmlNode* each = node == nullptr ? nullptr : node->children; each != nullptr; each = each->next) {
    if (each->type == XML_ELEMENT_NODE && xmlStrEqual(each->name, reinterpret_cast<const xmlChar*>(name)) != 0) return each;
  }
  return nullptr;
}

std::string text_of_child(const xmlNode* node, const char* name) {
  const xmlNode* found = child(node, name);
  return found == nullptr ? std::string() : text_of(found);
}

ListedBlob blob_of(const xmlNode* node) {
  ListedBlob blob;
  blob.name = text_of_child(node, "Name");
  const xmlNode* properties = child(node, "Properties");
  blob.bytes = std::strtoll(text_of_child(properties, "Content-Length").c_str(), nullptr, 10);
  blob.modified_ms = net::parse_http_date(text_of_child(properties, "Last-Modified")).value_or(0) * 1000;
  // An account with a hierarchical namespace lists its folders too, marked in one way or the other.
  blob.is_folder =
      text_of_child(properties, "ResourceType") == "directory" || text_of_child(child(node, "Metadata"), "hdi_isfolder") == "true";
  return blob;
}

}  // namespace

Result<ListPage> parse_blob_list(const std::string& xml, const std::string& doing) {
  constexpr int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE;
  const std::unique_ptr<xmlDoc, DocumentDeleter> document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, options));
  const xmlNode* root = document == nullptr ? nullptr : xmlDocGetRootElement(document.get());
  const xmlNode* blobs = child(root, "Blobs");
  if (root == nullptr || xmlStrEqual(root->name, reinterpret_cast<const xmlChar*>("EnumerationResults")) == 0) {
    return failure(ErrorKind::network, doing + ": the answer is not a list of blobs");
  }
  ListPage page;
  page.next = text_of_child(root, "NextMarker");
  for (const xmlNode* each = blobs == nullptr ? nullptr : blobs->children; each != nullptr; each = each->next) {
    if (each->type == XML_ELEMENT_NODE && xmlStrEqual(each->name, reinterpret_cast<const xmlChar*>("Blob")) != 0) {
      page.blobs.push_back(blob_of(each));
    }
  }
  return page;
}

}  // namespace voxlake::azure
