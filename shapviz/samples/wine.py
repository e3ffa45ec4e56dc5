"""Wine: thirteen chemical measurements of 178 wines, three cultivars."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shapviz.background import sample
from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.samples.training import held_out

__all__ = ["DEMO"]

CULTIVARS = ("Barolo", "Grignolino", "Barbera")

FEATURES = {
    "Alcohol": "% vol",
    "Malic acid": "",
    "Ash": "",
    "Alcalinity of ash": "",
    "Magnesium": "",
    "Total phenols": "",
    "Flavanoids": "",
    "Non-flavanoid phenols": "",
    "Proanthocyanins": "",
    "Colour intensity": "",
    "Hue": "",
    "OD280/OD315 of diluted wine": "",
    "Proline": "",
}


def load(folder: Path) -> Loaded:
    """Return the forest and all 178 wines."""
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier

    X, kind = load_wine(return_X_y=True)
    cultivar = np.array(CULTIVARS)[kind]
    train = held_out(kind, stratified=True)
    model = RandomForestClassifier(n_estimators=50, max_depth=6, random_state=0)
    model.fit(X[train], cultivar[train])
    return Loaded(
        model=model,
        X=X,
        display_data=X,
        truth=cultivar,
        train=train,
        background=sample(X[train], 20),
        score=float(model.score(X[~train], cultivar[~train])),
        options={"feature_names": list(FEATURES), "feature_units": list(FEATURES.values())},
    )


DEMO = Demo(
    name="wine",
    title="Italian wines",
    subtitle="178 wines, 13 features, three cultivars",
    sample_noun="wine",
    model_name="Random forest",
    data_name="178 wines",
    samples=178,
    jobs=(
        DemoJob("permutation", "Wine, Permutation", 2, {"budget": 256}),
        DemoJob("kernel", "Wine, Kernel", 12, {"budget": 256, "estimator": "wls"}),
    ),
    load=load,
)
