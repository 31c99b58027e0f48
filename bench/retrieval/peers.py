"""What LlamaIndex and Haystack find by their defaults, on the documents and questions that bench/retrieval/questions.ts wrote.

    python peers.py FOLDER MODEL.onnx VOCAB.json

Their own splitters, their own BM25, their own merging by reciprocal rank; the vectors are those of the same all-MiniLM-L6-v2, since theirs
would be brought from elsewhere. Needs llama-index-core, llama-index-retrievers-bm25, haystack-ai, onnxruntime and tokenizers.
"""

import json
import re
import sys
import time

import numpy
import onnxruntime
from tokenizers import BertWordPieceTokenizer

K = 5
WORDS = 500
DEPTH = 50


def plain(text):
    return " " + " ".join(re.findall(r"[^\W_]+", text.lower())) + " "


class MiniLm:
    """As the product runs it: the mean over 256 tokens at most, at length one."""

    def __init__(self, model, vocabulary):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.session = onnxruntime.InferenceSession(model, options)
        with open(vocabulary, encoding="utf-8") as file:
            words = json.load(file)
        names = ["[unused0]" if w == "▁" else w[1:] if w.startswith("▁") else w if re.fullmatch(r"\[.*\]", w) else "##" + w for w in words]
        self.tokenizer = BertWordPieceTokenizer({word: at for at, word in enumerate(names)}, lowercase=True)
        self.tokenizer.enable_truncation(256)
        self.kept = {}

    def __call__(self, text):
        if text not in self.kept:
            ids = numpy.array([self.tokenizer.encode(text).ids], dtype=numpy.int64)
            said = self.session.run(None, {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)})[0][0]
            vector = said.mean(axis=0)
            self.kept[text] = (vector / numpy.linalg.norm(vector)).tolist()
        return self.kept[text]


def llama_index(documents, embed):
    from llama_index.core import Document, Settings, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.retrievers.bm25 import BM25Retriever

    class Embedding(BaseEmbedding):
        def _get_text_embedding(self, text):
            return embed(text)

        def _get_query_embedding(self, query):
            return embed(query)

        async def _aget_query_embedding(self, query):
            return embed(query)

    Settings.llm = MockLLM()
    nodes = SentenceSplitter().get_nodes_from_documents([Document(text=one["text"], metadata={"name": one["name"]}) for one in documents])
    index = VectorStoreIndex(nodes, embed_model=Embedding())
    words = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(DEPTH, len(nodes)))
    vectors = index.as_retriever(similarity_top_k=DEPTH)
    both = QueryFusionRetriever([words, vectors], mode="reciprocal_rerank", num_queries=1, similarity_top_k=DEPTH, use_async=False)

    def ask(retriever):
        return lambda question: [(one.node.get_content(), one.node.metadata["name"]) for one in retriever.retrieve(question)]

    return [node.get_content() for node in nodes], {"words": ask(words), "vectors": ask(vectors), "hybrid": ask(both)}


def haystack(documents, embed):
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    splitter = DocumentSplitter()
    if hasattr(splitter, "warm_up"):
        splitter.warm_up()
    parts = splitter.run(documents=[Document(content=one["text"], meta={"name": one["name"]}) for one in documents])["documents"]
    parts = [Document(id=part.id, content=part.content, meta=part.meta, embedding=embed(part.content)) for part in parts]
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents(parts, policy=__import__("haystack.document_stores.types", fromlist=["DuplicatePolicy"]).DuplicatePolicy.OVERWRITE)
    words = InMemoryBM25Retriever(store, top_k=DEPTH)
    vectors = InMemoryEmbeddingRetriever(store, top_k=DEPTH)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=DEPTH)
    by_words = lambda question: words.run(query=question)["documents"]
    by_vectors = lambda question: vectors.run(query_embedding=embed(question))["documents"]
    shown = lambda found: [(one.content, one.meta["name"]) for one in found]
    return [part.content for part in parts], {
        "words": lambda question: shown(by_words(question)),
        "vectors": lambda question: shown(by_vectors(question)),
        "hybrid": lambda question: shown(joiner.run(documents=[by_words(question), by_vectors(question)])["documents"]),
    }


def score(asked, found):
    texts = [plain(text) if asked.get("document") in (None, name) else "" for text, name in found]
    first = next((at for at, text in enumerate(texts) if any(sentence in text for sentence in asked["evidence"])), None)
    said = [sentence for sentence in asked["evidence"] if any(sentence in text for text in texts)]
    return first is not None, 0 if first is None else 1 / (first + 1), len(said) / len(asked["evidence"])


def within(words, found):
    shown = []
    for one in found:
        words -= len(plain(one[0]).split())
        if words >= 0:
            shown.append(one)
    return shown


def main():
    folder, model, vocabulary = sys.argv[1:]
    with open(f"{folder}/documents.json", encoding="utf-8") as file:
        documents = json.load(file)
    with open(f"{folder}/questions.json", encoding="utf-8") as file:
        questions = json.load(file)
    embed = MiniLm(model, vocabulary)
    for name, make in {"LlamaIndex": llama_index, "Haystack": haystack}.items():
        passages, ways = make(documents, embed)
        length = sum(len(plain(text).split()) for text in passages) / len(passages)
        print(f"{name}: {len(passages)} passages of {length:.0f} words")
        for way, ask in ways.items():
            began = time.perf_counter()
            found = [ask(asked["question"]) for asked in questions]
            ms = 1000 * (time.perf_counter() - began) / len(questions)
            scores = [score(asked, shown[:K]) for asked, shown in zip(questions, found)]
            roomy = sum(score(asked, within(WORDS, shown))[0] for asked, shown in zip(questions, found)) / len(questions)
            right, reciprocal, share = (sum(values) / len(scores) for values in zip(*scores))
            print(f"  {way:8} right passage in {K}: {right:.3f}  MRR {reciprocal:.3f}  share of the sentences {share:.3f}  right in {WORDS} words {roomy:.3f}  {ms:.0f} ms a question")


main()
