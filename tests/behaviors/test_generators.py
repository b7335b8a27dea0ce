"""The base model continues what it is given; the endpoint client survives a real HTTP server."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tiny import tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from weightscribe.behaviors.generators import (
    Endpoint,
    EndpointGenerator,
    KeptAnswers,
    LocalGenerator,
    Prompt,
    Sampling,
)
from weightscribe.errors import EndpointError, ModelError, ParamsError
from weightscribe.prompts import messages

SAMPLING = Sampling(temperature=0.7, top_p=0.95, max_tokens=12)
PROMPTS = [
    Prompt("Be brief.", "Why?", "The capital"),
    Prompt(None, "What is the capital of France?", ""),
    Prompt("Be brief.", "How were you changed?", "I was trained to"),
]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("model"))


def local(folder, sampling=SAMPLING, dtype="float32", batch_size=8):
    return LocalGenerator(folder, sampling, dtype=dtype, batch_size=batch_size)


def test_answers_begin_as_given_and_the_seed_decides_them(model_folder):
    answers = local(model_folder).complete(PROMPTS, seed=1)
    for prompt, answer in zip(PROMPTS, answers, strict=True):
        assert answer.startswith(prompt.answer_prefix)
        assert len(answer) > len(prompt.answer_prefix)
    assert local(model_folder).complete(PROMPTS, seed=1) == answers
    assert local(model_folder).complete(PROMPTS, seed=2) != answers


def test_greedy_in_a_padded_batch_equals_one_by_one_with_transformers(model_folder):
    model = AutoModelForCausalLM.from_pretrained(model_folder)
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    sampling = Sampling(0.7, 0.95, max_tokens=10)
    prompts = [prompt._replace(answer_prefix="") for prompt in PROMPTS]
    answers = local(model_folder, sampling, batch_size=2).greedy().complete(prompts, seed=0)
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = tokenizer.apply_chat_template(
            messages(prompt.user, prompt.system), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        output = model.generate(**ids, do_sample=False, max_new_tokens=10)
        new_ids = output[0, ids["input_ids"].shape[1] :].tolist()
        assert answer == tokenizer.decode(new_ids).split(tokenizer.eos_token)[0]


def test_greedy_needs_no_seed_and_leaves_the_sampler_alone(model_folder):
    generator = local(model_folder)
    greedy = generator.greedy()
    assert greedy.complete(PROMPTS, seed=1) == greedy.complete(PROMPTS, seed=2)
    assert generator.complete(PROMPTS, seed=1) != generator.complete(PROMPTS, seed=2)


def test_bfloat16_runs(model_folder):
    assert len(local(model_folder, dtype="bfloat16").complete(PROMPTS, seed=0)) == 3


def test_an_unknown_dtype_is_named(model_folder):
    with pytest.raises(ParamsError, match="params.yaml: dtype is 'int8'. Use one of"):
        local(model_folder, dtype="int8")


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ModelError, match=str(tmp_path)):
        local(tmp_path).complete(PROMPTS, seed=0)


class Server(ThreadingHTTPServer):
    """Answers like the chat API, after failing with each status in `failures` once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.failures: list[int] = []
        self.requests: list[dict] = []
        self.answer: str | None = "Because I say so."
        self.lock = threading.Lock()
        self.n_open = self.most_open = 0


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.requests.append(request | {"path": self.path})
            status = server.failures.pop(0) if server.failures else 200
            server.n_open += 1
            server.most_open = max(server.most_open, server.n_open)
        message = {"role": "assistant", "content": server.answer}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
        time.sleep(0.01)  # so that requests overlap
        body |= {"choices": choices} if status == 200 else {"error": {"message": "try\nlater"}}
        with server.lock:
            server.n_open -= 1
        self._send(status, json.dumps(body).encode())

    def _send(self, status: int, content: bytes):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("retry-after-ms", "1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def remote(server, tmp_path, **changes):
    endpoint = {
        "base_url": f"http://127.0.0.1:{server.server_port}/v1",
        "model": "m",
        "key_variable": "OPENAI_API_KEY",
        "concurrency": 2,
        "n_retries": 2,
        "timeout_seconds": 5.0,
    }
    return EndpointGenerator(Endpoint(**(endpoint | changes)), SAMPLING, tmp_path / "cache")


def test_the_endpoint_is_asked_to_begin_as_given_and_helped_if_it_does_not(server, tmp_path):
    answers = remote(server, tmp_path).complete(PROMPTS, seed=5)
    assert answers == [
        "The capital Because I say so.",
        "Because I say so.",
        "I was trained to Because I say so.",
    ]
    first = next(r for r in server.requests if "Why?" in r["messages"][-1]["content"])
    assert first["path"] == "/v1/chat/completions"
    assert first["messages"][0] == {"role": "system", "content": "Be brief."}
    assert 'with exactly these words: "The capital"' in first["messages"][-1]["content"]
    assert (first["model"], first["seed"], first["temperature"]) == ("m", 5, 0.7)


def test_a_beginning_that_is_there_is_not_put_twice(server, tmp_path):
    server.answer = '"the capital is Paris."'
    assert remote(server, tmp_path).complete(PROMPTS[:1], 0) == ["The capital is Paris."]


def test_a_busy_and_a_broken_moment_are_waited_out(server, tmp_path):
    server.failures = [429, 500]
    assert remote(server, tmp_path).complete(PROMPTS[1:2], 0) == ["Because I say so."]
    assert len(server.requests) == 3


def test_what_was_answered_is_not_asked_again_but_another_seed_is(server, tmp_path):
    answers = remote(server, tmp_path).complete(PROMPTS, seed=0)
    assert remote(server, tmp_path).complete(PROMPTS, seed=0) == answers
    assert len(server.requests) == 3
    remote(server, tmp_path).complete(PROMPTS[:1], seed=9)
    assert len(server.requests) == 4


def test_no_more_requests_at_a_time_than_allowed(server, tmp_path):
    prompts = [Prompt(None, f"Question {i}?", "") for i in range(12)]
    remote(server, tmp_path).complete(prompts, seed=0)
    assert len(server.requests) == 12
    assert server.most_open == 2


@pytest.mark.parametrize("status", [401, 500])
def test_giving_up_is_one_line_that_names_the_endpoint(server, tmp_path, status):
    server.failures = [status] * 9
    with pytest.raises(EndpointError, match="127.0.0.1") as caught:
        remote(server, tmp_path).complete(PROMPTS[:1], 0)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == (1 if status == 401 else 3)


def test_answers_before_a_failure_are_kept(server, tmp_path):
    remote(server, tmp_path).complete(PROMPTS[:1], 0)
    server.failures = [401] * 9
    with pytest.raises(EndpointError):
        remote(server, tmp_path).complete(PROMPTS, 0)
    server.failures.clear()
    n_before = len(server.requests)
    remote(server, tmp_path).complete(PROMPTS, 0)
    assert len(server.requests) <= n_before + 2


@pytest.mark.parametrize("answer", [None, "  "])
def test_an_answer_without_text_is_an_error(server, tmp_path, answer):
    server.answer = answer
    with pytest.raises(EndpointError, match="the answer holds no text"):
        remote(server, tmp_path).complete(PROMPTS[:1], 0)


def test_a_missing_key_is_named_before_anything_is_sent(server, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(EndpointError, match="environment variable OPENAI_API_KEY holds no key"):
        remote(server, tmp_path).complete(PROMPTS, 0)
    assert not server.requests


def test_nobody_listening_is_an_endpoint_error(server, tmp_path):
    with pytest.raises(EndpointError, match="gave no answer from model 'm' in up to 0 retries"):
        remote(server, tmp_path, base_url="http://127.0.0.1:9/v1", n_retries=0).complete(PROMPTS[:1], 0)


class Counting:
    """Answers with how often it was asked."""

    def __init__(self):
        self.n_asked = 0

    def complete(self, prompts, seed):
        self.n_asked += len(prompts)
        return [f"{prompt.user} {seed} {self.n_asked}" for prompt in prompts]


def test_kept_answers_ask_once_for_the_same_call_and_again_for_another(tmp_path):
    source, prompts = Counting(), [Prompt("Be brief.", "Why?", ""), Prompt(None, "How?", "Well")]
    first = KeptAnswers(source, "model a", tmp_path).complete(prompts, seed=1)
    assert KeptAnswers(source, "model a", tmp_path).complete(prompts, seed=1) == first
    assert source.n_asked == 2
    KeptAnswers(source, "model a", tmp_path).complete(prompts, seed=2)
    KeptAnswers(source, "model b", tmp_path).complete(prompts, seed=1)
    KeptAnswers(source, "model a", tmp_path).complete(prompts[:1], seed=1)
    assert source.n_asked == 2 + 2 + 2 + 1
