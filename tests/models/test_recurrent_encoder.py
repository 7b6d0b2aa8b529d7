"""The audio and the text encoder."""

import pytest
import torch
from torch import Tensor, nn

from skelgraph.models import AudioRecurrentEncoder, RecurrentEncoder, TextRecurrentEncoder
from skelgraph.models.recurrent_encoder import last_state


def make_audio() -> AudioRecurrentEncoder:
    return AudioRecurrentEncoder(
        3, num_coefficients=5, num_prosodic=4, hidden_channels=6, dropout=0.0
    )


def make_text() -> TextRecurrentEncoder:
    return TextRecurrentEncoder(11, 3, embedding_size=5, hidden_channels=6, dropout=0.0)


def make_inputs(encoder: RecurrentEncoder, lengths: list[int], steps: int) -> tuple[Tensor, ...]:
    """Sequences whose valid part depends on their number alone; random behind it."""
    many = torch.tensor(lengths)
    behind = torch.arange(steps) >= many.unsqueeze(1)
    if isinstance(encoder, TextRecurrentEncoder):
        known = torch.stack([(torch.arange(steps) * (n + 2)) % 10 + 1 for n in range(len(many))])
        return torch.where(behind, torch.randint(0, 11, known.shape), known), many
    known = torch.stack([torch.sin(torch.arange(5.0 * steps) * (n + 1)) for n in range(len(many))])
    mfcc = torch.where(
        behind.unsqueeze(2), torch.randn(len(many), steps, 5), known.view(-1, steps, 5)
    )
    return mfcc, many, torch.arange(4.0 * len(many)).view(-1, 4).cos()


@pytest.fixture(params=[make_audio, make_text])
def encoder(request: pytest.FixtureRequest) -> RecurrentEncoder:
    made: RecurrentEncoder = request.param()
    return made


def test_the_vector_is_the_state_after_the_last_valid_step() -> None:
    gru = nn.GRU(4, 6, batch_first=True)
    x, lengths = torch.randn(3, 7, 4), torch.tensor([7, 2, 0])
    states = last_state(gru, x, lengths)
    hidden = torch.zeros(1, 6)
    reference = nn.GRUCell(4, 6)
    reference.load_state_dict({k.removesuffix("_l0"): v for k, v in gru.state_dict().items()})
    for step in range(2):
        hidden = reference(x[1:2, step], hidden)
    torch.testing.assert_close(states[1:2], hidden)
    torch.testing.assert_close(states[0], gru(x[:1])[1][0, 0])
    assert not states[2].any()


def test_the_sizes_are_the_papers() -> None:
    audio, text = AudioRecurrentEncoder(), TextRecurrentEncoder(3747)
    assert (audio.embedding_channels, text.embedding_channels) == (235, 200)
    assert audio.gru.weight_ih_l0.shape == (600, 39)
    assert text.embedding.weight.shape == (3747, 300)
    assert not text.embedding.weight[0].any()
    assert text.embedding.weight.abs().max() <= 0.25
    square = text.gru.weight_hh_l0[:200]
    torch.testing.assert_close(square @ square.T, torch.eye(200), rtol=0, atol=1e-5)


def test_prosody_is_part_of_the_vector() -> None:
    encoder = make_audio().eval()
    inputs = make_inputs(encoder, [4, 6], 6)
    assert torch.equal(encoder.embed(*inputs)[:, 6:], inputs[2])


def test_padding_changes_no_logit(encoder: RecurrentEncoder) -> None:
    encoder.eval()
    lengths = [3, 9, 1]
    reference = encoder(*make_inputs(encoder, lengths, 9))
    for steps in (9, 10, 30):
        again = encoder(*make_inputs(encoder, lengths, steps))
        torch.testing.assert_close(again, reference, rtol=0, atol=1e-5)
    inputs = make_inputs(encoder, lengths, 9)
    alone = encoder(*(tensor[1:2] for tensor in inputs))
    torch.testing.assert_close(alone, reference[1:2], rtol=0, atol=1e-5)
    assert (reference[0] - reference[1]).abs().max() > 1e-3


def test_nan_in_the_padding_of_audio_is_not_heard() -> None:
    encoder = make_audio()
    mfcc, lengths, prosody = make_inputs(encoder, [3, 9], 9)
    spoiled = mfcc.clone()
    spoiled[0, 3:] = float("nan")
    encoder(spoiled, lengths, prosody).sum().backward()
    torch.testing.assert_close(encoder(spoiled, lengths, prosody), encoder(mfcc, lengths, prosody))
    assert all(p.grad is not None and p.grad.isfinite().all() for p in encoder.parameters())


def test_nothing_at_all_has_the_zero_state(encoder: RecurrentEncoder) -> None:
    encoder.eval()
    vectors = encoder.embed(*make_inputs(encoder, [0, 0], 4))
    assert not vectors[:, :6].any()
    assert encoder.embed(*make_inputs(encoder, [0, 2], 4))[1].any()


def test_every_parameter_gets_a_gradient(encoder: RecurrentEncoder) -> None:
    encoder(*make_inputs(encoder, [4, 7], 7)).square().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_a_state_dict_round_trip(encoder: RecurrentEncoder) -> None:
    inputs = make_inputs(encoder, [4, 7], 7)
    other = make_audio() if isinstance(encoder, AudioRecurrentEncoder) else make_text()
    assert not torch.equal(other(*inputs), encoder(*inputs))
    other.load_state_dict(encoder.state_dict())
    assert torch.equal(other(*inputs), encoder(*inputs))


def test_dropout_is_off_in_evaluation() -> None:
    encoder = TextRecurrentEncoder(11, 3)
    inputs = make_inputs(encoder, [4, 7], 7)
    assert not torch.equal(encoder(*inputs), encoder(*inputs))
    encoder.eval()
    assert torch.equal(encoder(*inputs), encoder(*inputs))


def test_word_vectors_are_taken_but_for_the_padding() -> None:
    encoder = make_text()
    encoder.load_word_vectors(torch.ones(11, 5))
    assert torch.equal(encoder.embedding.weight[1:], torch.ones(10, 5))
    assert not encoder.embedding.weight[0].any()
    with pytest.raises(ValueError, match=r"expected word vectors \(11, 5\), but got \(11, 4\)"):
        encoder.load_word_vectors(torch.ones(11, 4))


def test_what_does_not_fit_is_an_error() -> None:
    audio, text = make_audio(), make_text()
    mfcc, lengths, prosody = make_inputs(audio, [3, 4], 4)
    with pytest.raises(ValueError, match=r"mfcc to be \(utterances, frames, 5\)"):
        audio(mfcc[:, :, :4], lengths, prosody)
    with pytest.raises(ValueError, match=r"prosody to be \(2, 4\), but got \(2, 3\)"):
        audio(mfcc, lengths, prosody[:, :3])
    with pytest.raises(ValueError, match=r"a length from 0 to 4 for each of 2.*\[3, 5\]"):
        audio(mfcc, torch.tensor([3, 5]), prosody)
    with pytest.raises(ValueError, match="from 0 to 10"):
        text(torch.tensor([[11]]), torch.tensor([1]))
