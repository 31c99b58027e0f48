"""LangChain's and LlamaIndex's own Python packages over the gateway: index as retriever, version as model. Prints what they say, as JSON."""

import json
import sys

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_openai import ChatOpenAI
from llama_index.core import get_response_synthesizer
from llama_index.core.base.base_retriever import BaseRetriever as LlamaRetriever
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.llms.openai_like import OpenAILike
from openai import OpenAI

base_url, name, question = sys.argv[1:]
stores = OpenAI(base_url=base_url, api_key="none").vector_stores


def search(query):
    return stores.search(name, query=query, max_num_results=4).data


class WhetstoneRetriever(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        return [
            Document(page_content=hit.content[0].text, metadata={"source": hit.file_id, **hit.attributes})
            for hit in search(query)
        ]


class WhetstoneNodes(LlamaRetriever):
    def _retrieve(self, query_bundle):
        return [
            NodeWithScore(node=TextNode(text=hit.content[0].text, metadata=hit.attributes), score=hit.score)
            for hit in search(query_bundle.query_str)
        ]


model = ChatOpenAI(model=name, base_url=base_url, api_key="none", max_retries=0)
llm = OpenAILike(model=name, api_base=base_url, api_key="none", is_chat_model=True, max_retries=0)
engine = RetrieverQueryEngine(
    retriever=WhetstoneNodes(), response_synthesizer=get_response_synthesizer(llm=llm, response_mode="compact")
)
answered = engine.query(question)
print(
    json.dumps(
        {
            "found": [{"text": one.page_content, **one.metadata} for one in WhetstoneRetriever().invoke(question)],
            "said": model.invoke(question).content,
            "streamed": "".join(chunk.content for chunk in model.stream(question)),
            "engine": str(answered),
            "nodes": [one.node.get_content() for one in answered.source_nodes],
        }
    )
)
