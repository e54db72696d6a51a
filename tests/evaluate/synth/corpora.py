"""A small library to ask about: documents that name, count, abbreviate and mention each other."""

from __future__ import annotations

from tests.evaluate.fake_index import FakeIndex

_PAPERS = {
    "harborsort": (
        "HarborSort: A Scheduling System for Container Cranes",
        [
            "We present HarborSort, a scheduling system that assigns cranes to ships by keel depth.",
            "HarborSort reduces waiting time by 40% compared to manual planning.",
            "It consists of 12 modules that exchange messages over a shared ledger.",
            "HarborSort builds on Tidal Wave Forecasting (TWF) and on the DockNet network.",
        ],
    ),
    "keelplan": (
        "KeelPlan: A Planning System for Dry Docks",
        [
            "We introduce KeelPlan, a scheduling system that predicts repair durations from hull images.",
            "KeelPlan improves berth usage by 25% over greedy assignment.",
            "The system was founded on tidal wave forecasting in 1998.",
            "KeelPlan outperforms human planners on rainy days in narrow harbours.",
        ],
    ),
    "docknet": (
        "DockNet: Neural Networks for Mooring Lines",
        [
            "DockNet is a neural network that estimates the tension of mooring lines from sonar recordings.",
            "It was designed by Maria Velden in 2011.",
            "DockNet uses tidal wave forecasting to correct its estimates at night.",
        ],
    ),
    "gullwatch": (
        "GullWatch: Acoustic Monitoring of Seabird Colonies",
        [
            "We propose GullWatch, a monitoring service that counts seabirds by their calls.",
            "GullWatch contains 350 hours of labelled recordings from remote islands.",
            "GullWatch reaches 91% recall on foggy mornings with a single microphone.",
        ],
    ),
    "saltmap": (
        "SaltMap: Charting Salinity with Floating Sensors",
        [
            "SaltMap is a sensor array that measures salinity along estuaries every four minutes.",
            "We show that evaporation explains most of the seasonal variation in shallow lagoons.",
            "SaltMap employs Adaptive Buoy Control (ABC) and acoustic monitoring of its batteries.",
        ],
    ),
    "lanternfish": (
        "Light Organs of the Lanternfish",
        [
            "We investigate how lanternfish regulate the brightness of their ventral light organs.",
            "Bioluminescent bacteria are required for the nightly signalling of juvenile lanternfish.",
            "The Anchor Bay Collection (ABC) holds 88 specimens of deep sea fish.",
            "Deep sea fish are studied with acoustic monitoring in polar waters.",
        ],
    ),
    "kelpfarm": (
        "Farming Kelp on Offshore Ropes",
        [
            "We compare offshore ropes with sheltered nets for farming kelp in polar waters.",
            "Sheltered nets lose less biomass to winter storms than exposed ropes.",
            "Deep sea fish gather below the ropes in polar waters.",
        ],
    ),
}


def library() -> FakeIndex:
    return FakeIndex((id, title, sentences) for id, (title, sentences) in _PAPERS.items())
